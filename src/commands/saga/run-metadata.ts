import type { Actor, AppendMetadata } from '../../domain/event.ts';
import type { Folded } from '../folded.ts';

/** Everything said to a run belongs to the conversation that started it. */
export const runMetadata = (
  folded: Folded<unknown>,
  command: {
    readonly id: string;
    readonly actor: Actor;
    readonly bodyHash?: string | undefined;
    readonly causedBy?: string;
  },
): AppendMetadata => ({
  commandId: command.id,
  causationId: command.causedBy ?? command.id,
  correlationId: folded.origin?.correlationId ?? command.id,
  actor: command.actor,
  ...(command.bodyHash === undefined ? {} : { bodyHash: command.bodyHash }),
});
