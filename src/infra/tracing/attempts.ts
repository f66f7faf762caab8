import { LRUCache } from 'lru-cache';
import type { Appended, EventStore, StoredEvent } from '../event-store/port.ts';
import { dispatchIn, fencedBy, outcomeIn } from './attempt-events.ts';
import type { Dispatch, Outcome } from './attempt-events.ts';
import { eventsBefore } from './events-before.ts';
import type { EventsBefore } from './events-before.ts';
import { attemptContext, traceOf } from './port.ts';
import type { AttemptName, Span, SpanContext, Tracing } from './port.ts';
import { appendContext, subjectOf } from './traced-store.ts';

type Deps = {
  readonly tracing: Tracing;
  readonly store: Pick<EventStore, 'readStream'>;
  /** What all attempts of one effect have in common. */
  readonly effectIdOf: (flowId: string, step: string, iteration: number, action: 'do' | 'undo') => string;
  /** An attempt, or those that an event has ended together, that is not told of. */
  readonly onUntold: (error: unknown) => void;
};

type Dispatched = Dispatch & { readonly cause: SpanContext };

// Attempts that are under way; of others the log is asked.
const KEPT = 10_000;
const READ_AT_MOST = 1024;

/**
 * Tells each attempt of a step as one span once it has ended, from its dispatch on, below what dispatched it: nothing
 * stays open for as long as a worker takes. Its id is the one that its task names.
 */
export const tellAttempts = (deps: Deps) => {
  const { tracing, onUntold } = deps;
  const before = eventsBefore(deps.store);
  const open = new LRUCache<string, Dispatched>({ max: KEPT });
  const note = (dispatched: Dispatched): void => {
    open.set(keyOf(dispatched), dispatched);
  };
  const end = async (event: StoredEvent, ended: Outcome): Promise<void> => {
    const known = open.get(keyOf(ended));
    open.delete(keyOf(ended));
    const dispatched = known ?? (await dispatchBefore(before, event, ended));
    if (dispatched !== undefined) tracing.record(spanOfAttempt(deps, { event, dispatched, ended }));
  };
  const endAll = async (event: StoredEvent, failed: string): Promise<void> => {
    for (const dispatched of await openBefore(before, event)) {
      open.delete(keyOf(dispatched));
      const span = spanOfAttempt(deps, { event, dispatched, ended: { claim: null, failed } });
      tracing.record({ ...span, links: [appendContext(event.stream, event.metadata)] });
    }
  };
  const take = (event: StoredEvent): Promise<void> | undefined => {
    const ended = outcomeIn(event);
    if (ended !== undefined) return end(event, ended);
    const why = fencedBy(event);
    if (why !== undefined) return endAll(event, why);
    const dispatched = dispatchedIn(event);
    if (dispatched !== undefined) note(dispatched);
    return undefined;
  };
  return (stream: string, { events }: Appended): void => {
    const [first] = events;
    if (first === undefined || !stream.startsWith('saga-')) return;
    if (!tracing.isSampled(traceOf(first.metadata.correlationId))) return;
    for (const event of events) take(event)?.catch(onUntold);
  };
};

const keyOf = ({ flowId, step, action, attempt }: AttemptName) => `${flowId}/${step}/${action}/${attempt}`;

const dispatchedIn = (event: StoredEvent): Dispatched | undefined => {
  const found = dispatchIn(event);
  return found && { ...found, cause: appendContext(event.stream, event.metadata) };
};

/** Another process may have dispatched it, or this one before it was started again. */
const dispatchBefore = async (
  before: EventsBefore,
  event: StoredEvent,
  ended: Outcome,
): Promise<Dispatched | undefined> => {
  for (const earlier of await before(event, READ_AT_MOST)) {
    const found = dispatchedIn(earlier);
    if (found !== undefined && keyOf(found) === keyOf(ended)) return found;
  }
  return undefined;
};

/** Attempts at doing a step that had not ended by then. Nothing ends those at undoing one but their own outcome. */
const openBefore = async (before: EventsBefore, fence: StoredEvent): Promise<readonly Dispatched[]> => {
  const ended = new Set<string>();
  const found: Dispatched[] = [];
  for (const event of await before(fence, READ_AT_MOST)) {
    if (fencedBy(event) !== undefined) break;
    const outcome = outcomeIn(event);
    if (outcome !== undefined) ended.add(keyOf(outcome));
    const dispatched = dispatchedIn(event);
    if (dispatched?.action === 'do' && !ended.has(keyOf(dispatched))) found.push(dispatched);
  }
  return found;
};

type Attempt = {
  readonly event: StoredEvent;
  readonly dispatched: Dispatched;
  readonly ended: Pick<Outcome, 'claim' | 'failed'>;
};

const spanOfAttempt = ({ effectIdOf }: Deps, { event, dispatched, ended }: Attempt): Span => {
  const { stream, type, metadata } = event;
  const { flowId, step, action, attempt, iteration, transport, since, cause } = dispatched;
  const { claim, failed } = ended;
  return {
    ...{ name: `attempt ${step}`, kind: 'internal', parentSpanId: cause.spanId },
    context: attemptContext(metadata.correlationId, dispatched),
    ...{ startMs: since, endMs: Math.max(since, Date.parse(metadata.recordedAt)) },
    events: claim === null ? [] : [{ name: 'claimed', atMs: claim.at }],
    attributes: {
      ...subjectOf(stream),
      ...{ 'skald.step.name': step, 'skald.step.action': action, 'skald.attempt': attempt },
      ...{ 'skald.effect.id': effectIdOf(flowId, step, iteration, action), 'skald.transport': transport },
      ...{ 'skald.outcome': type, 'skald.worker': claim?.by, 'skald.correlation.id': metadata.correlationId },
    },
    failed,
  };
};
