import type { Clock } from '../../clock/port.ts';
import type { MessageBus, OutRecord, PublishResult, TopicSpec } from '../../message-bus/port.ts';
import { pause, retryPauseMs } from '../../clock/port.ts';

export type PublishDeps = {
  readonly bus: Pick<MessageBus, 'publish' | 'ensureTopics'>;
  readonly clock: Clock;
  /** Topics to be made again where one of them is gone. */
  readonly topicsFor: (records: readonly OutRecord[]) => readonly TopicSpec[];
  /** A record that cannot be published, or a bus that does not take any. */
  readonly onTrouble: (error: unknown) => void;
};

export class NotPublished extends Error {
  override readonly name = 'NotPublished';
  constructor(topic: string, { code, detail }: Refused) {
    super(`${topic}: ${code}: ${detail}`);
  }
}

type Refused = Extract<PublishResult, { kind: 'refused' }>;
type Published = { readonly kind: 'ok' } | { readonly kind: 'aborted' } | Refused;

/**
 * Publishes records in order and resolves once the bus has them all: again and again, with growing pauses, while
 * it does not answer, and after making a topic that is gone. `aborted`: some may be there, some not. `refused`: too large;
 * with a single record, that one; with several, one of them. @throws NotPublished once the bus is closed.
 */
export const publishUntilKnown = async (
  deps: PublishDeps,
  records: readonly OutRecord[],
  signal: AbortSignal,
): Promise<Published> => {
  for (let failures = 1; !signal.aborted; failures += 1) {
    const result = await deps.bus.publish(records);
    if (result.kind === 'ok') return result;
    if (result.kind === 'refused' && result.code === 'too_large') return result;
    await overcome(deps, records, result, signal);
    await pause(deps.clock, retryPauseMs(failures), signal);
  }
  return { kind: 'aborted' };
};

const overcome = async (
  { bus, topicsFor, onTrouble }: PublishDeps,
  records: readonly OutRecord[],
  result: Exclude<PublishResult, { kind: 'ok' }>,
  signal: AbortSignal,
): Promise<void> => {
  if (result.kind === 'ambiguous') {
    onTrouble(result.cause);
    return;
  }
  const error = new NotPublished(records[0]?.topic ?? '', result);
  if (result.code === 'closed' && !signal.aborted) throw error;
  onTrouble(error);
  await bus.ensureTopics(topicsFor(records)).catch(onTrouble);
};
