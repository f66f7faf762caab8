import { z } from 'zod';
import { idOf } from '../../domain/stream-name.ts';
import type { StoredEvent } from '../event-store/port.ts';
import { attemptContext } from './port.ts';
import type { AttemptName, SpanContext } from './port.ts';

const onAttempt = { step: z.string(), action: z.enum(['do', 'undo']), attempt: z.int() };
const dispatch = z.object({ ...onAttempt, iteration: z.int(), transport: z.string(), since: z.number() });
const outcome = z.object({
  ...onAttempt,
  claim: z.object({ by: z.string(), at: z.number() }).nullable().default(null),
  cause: z.string().optional(),
});
const undo = z.object({ cause: z.string() });

/** An attempt that was dispatched, and how. */
export type Dispatch = AttemptName & z.output<typeof dispatch>;

/** How an attempt ended. */
export type Outcome = AttemptName & {
  readonly claim: z.output<typeof outcome>['claim'];
  /** What kind of failure that is, where it is one. */
  readonly failed: string | undefined;
};

/** What ends one attempt, and what kind of failure that is. */
const ENDS: ReadonlyMap<string, string | undefined> = new Map([
  ['StepSucceeded', undefined],
  ['StepFailed', 'step_failed'],
  ['StepTimedOut', 'timeout'],
  ['StepLapsed', 'lease_lapsed'],
  ['StepTakenBack', 'taken_back'],
]);

/** What ends all attempts at doing a step that are under way; an answer comes too late from here on. */
const FENCES: ReadonlyMap<string, string> = new Map([
  ['SagaCancelled', 'cancelled'],
  ['SagaFailed', 'run_failed'],
  ['UndoStarted', 'run_undone'],
]);

export const dispatchIn = ({ type, stream, data }: StoredEvent): Dispatch | undefined => {
  const found = type === 'StepDispatched' ? dispatch.safeParse(data).data : undefined;
  return found && { ...found, flowId: idOf(stream) };
};

export const outcomeIn = ({ type, stream, data }: StoredEvent): Outcome | undefined => {
  const found = ENDS.has(type) ? outcome.safeParse(data).data : undefined;
  // There was nobody to dispatch that one to.
  if (found === undefined || found.cause === 'no-worker') return undefined;
  return { ...found, flowId: idOf(stream), failed: ENDS.get(type) };
};

/** Why what is under way ends with this event, where it does. */
export const fencedBy = ({ type, data }: StoredEvent): string | undefined => {
  const why = FENCES.get(type);
  return type === 'UndoStarted' && undo.safeParse(data).data?.cause === 'cancel' ? 'cancelled' : why;
};

/** The attempt that was ended by what these say, which a command has written together. */
export const endedBy = (events: readonly StoredEvent[]): SpanContext | undefined => {
  for (const event of events) {
    const ended = event.stream.startsWith('saga-') ? outcomeIn(event) : undefined;
    if (ended !== undefined) return attemptContext(event.metadata.correlationId, ended);
  }
  return undefined;
};
