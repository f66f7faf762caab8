import { z } from 'zod';
import type { Appended, EventStore, StoredEvent } from '../event-store/port.ts';
import { spanOf, traceOf } from './port.ts';
import type { SpanContext, Tracing } from './port.ts';
import { appendContext, subjectOf } from './traced-store.ts';

type Deps = {
  readonly tracing: Tracing;
  readonly store: Pick<EventStore, 'readStream'>;
  /** What all attempts of one effect have in common. */
  readonly effectIdOf: (flowId: string, step: string, iteration: number, action: 'do' | 'undo') => string;
  /** An attempt that is not told of. */
  readonly onTrouble: (error: unknown) => void;
};

const onAttempt = { step: z.string(), action: z.enum(['do', 'undo']), attempt: z.int() };
const dispatch = z.object({ ...onAttempt, iteration: z.int(), transport: z.string(), since: z.number() });
const outcome = z.object({
  ...onAttempt,
  claim: z.object({ by: z.string(), at: z.number() }).nullable().default(null),
});
type Outcome = z.output<typeof outcome>;
type Dispatched = z.output<typeof dispatch> & { readonly cause: SpanContext };

/** What ends an attempt, and what kind of failure that is. */
const ENDS: ReadonlyMap<string, string | undefined> = new Map([
  ['StepSucceeded', undefined],
  ['StepFailed', 'step_failed'],
  ['StepTimedOut', 'timeout'],
  ['StepLapsed', 'lease_lapsed'],
  ['StepTakenBack', 'taken_back'],
]);

// Attempts that are under way; of others the log is asked.
const KEPT = 10_000;
const READ_AT_MOST = 1024;

/**
 * Tells each attempt of a step as one span once it has ended, from its dispatch on: nothing stays open for as long as a
 * worker takes. Its id is the one that a task over the bus names; a link leads to what dispatched it.
 */
export const tellAttempts = (deps: Deps) => {
  const open = new Map<string, Dispatched>();
  const note = (event: StoredEvent): void => {
    const found = dispatchedIn(event);
    if (found === undefined) return;
    const [oldest] = open.keys();
    if (open.size >= KEPT && oldest !== undefined) open.delete(oldest);
    open.set(keyOf(event.stream, found), found);
  };
  const end = async (event: StoredEvent): Promise<void> => {
    const ended = outcome.safeParse(event.data).data;
    if (ended === undefined) return;
    const key = keyOf(event.stream, ended);
    const known = open.get(key);
    open.delete(key);
    const dispatched = known ?? (await dispatchBefore(deps.store, event, ended));
    if (dispatched !== undefined) deps.tracing.record(spanOfAttempt(deps, { event, ended, dispatched }));
  };
  return (stream: string, { events }: Appended): void => {
    const [first] = events;
    if (first === undefined || !stream.startsWith('saga-')) return;
    if (!deps.tracing.isSampled(traceOf(first.metadata.correlationId))) return;
    for (const event of events) {
      if (ENDS.has(event.type)) end(event).catch(deps.onTrouble);
      else note(event);
    }
  };
};

const keyOf = (stream: string, { step, action, attempt }: Pick<Outcome, 'step' | 'action' | 'attempt'>) =>
  `${stream}/${step}/${action}/${attempt}`;

const dispatchedIn = ({ type, stream, data, metadata }: StoredEvent): Dispatched | undefined => {
  const found = type === 'StepDispatched' ? dispatch.safeParse(data).data : undefined;
  return found && { ...found, cause: appendContext(stream, metadata) };
};

/** Another process may have dispatched it, or this one before it was started again. */
const dispatchBefore = async (
  store: Deps['store'],
  { stream, revision }: StoredEvent,
  ended: Outcome,
): Promise<Dispatched | undefined> => {
  const page = { from: revision, direction: 'backwards', max: READ_AT_MOST } as const;
  const { events } = await store.readStream(stream, page);
  const key = keyOf(stream, ended);
  for (const event of events) {
    const found = dispatchedIn(event);
    if (found !== undefined && keyOf(stream, found) === key) return found;
  }
  return undefined;
};

type Attempt = {
  readonly event: StoredEvent;
  readonly ended: Outcome;
  readonly dispatched: Dispatched;
};

const spanOfAttempt = ({ effectIdOf }: Deps, { event, ended, dispatched }: Attempt) => {
  const { stream, type, metadata } = event;
  const { step, action, attempt, iteration, transport, since, cause } = dispatched;
  const effectId = effectIdOf(stream.slice(stream.indexOf('-') + 1), step, iteration, action);
  const { claim } = ended;
  return {
    ...{ name: `attempt ${step}`, kind: 'internal' as const, links: [cause] },
    context: { traceId: cause.traceId, spanId: spanOf(`${effectId}/${attempt}`) },
    ...{ startMs: since, endMs: Math.max(since, Date.parse(metadata.recordedAt)) },
    events: claim === null ? [] : [{ name: 'claimed', atMs: claim.at }],
    attributes: {
      ...subjectOf(stream),
      ...{ 'skald.step.name': step, 'skald.step.action': action, 'skald.attempt': attempt },
      ...{ 'skald.effect.id': effectId, 'skald.transport': transport, 'skald.outcome': type },
      ...{ 'skald.worker': claim?.by, 'skald.correlation.id': metadata.correlationId },
    },
    failed: ENDS.get(type),
  };
};
