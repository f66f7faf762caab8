import type { Aggregate } from '../domain/aggregate.ts';
import { reject } from '../domain/decider.ts';
import type { Rejection } from '../domain/decider.ts';
import type { AppendMetadata, DomainEvent } from '../domain/event.ts';
import type { Clock } from '../infra/clock/port.ts';
import type { AppendResult, EventStore, NewEvent, StoredEvent } from '../infra/event-store/port.ts';
import { eventIdOf } from './deterministic-ids.ts';
import { foldCache } from './fold-cache.ts';
import type { FoldCache } from './fold-cache.ts';
import { accepted, replay } from './executed.ts';
import type { Executed } from './executed.ts';
import { foldOn, readFolded } from './folded.ts';
import type { Folded } from './folded.ts';
import { keyedQueue } from './keyed-queue.ts';
import type { Unavailable } from './result.ts';

/** The one way to read and to write the streams of one aggregate. */
export type Executor<Command, State, Event, Code extends string> = {
  /** The stream folded to its head, from memory where this process wrote or read it last. */
  readonly load: (stream: string) => Promise<Folded<State>>;
  /**
   * The one write path: load, fold, decide, append at the exact head, decide again on a conflict (8 times).
   * A known command id is answered from its stored events without deciding; with another `bodyHash` it is
   * rejected as `idempotency_key_reused`. Commands to one stream run one after the other.
   */
  readonly execute: (
    stream: string,
    command: Command,
    metadata: AppendMetadata,
  ) => Promise<Executed<State, Event, Code>>;
  /** Drops what is kept in memory of a stream that another process has written to. */
  readonly observe: (event: StoredEvent) => void;
};

export type ExecutorDeps = {
  readonly store: EventStore;
  readonly clock: Clock;
  /** How long an append with unknown outcome is retried, in milliseconds. */
  readonly appendDeadlineMs?: number;
  /** Memory for folded streams, in bytes. */
  readonly cacheBytes?: number;
};

const CONFLICT_TRIES = 8;
const RETRY_PAUSE_MS = 50;
const APPEND_DEADLINE_MS = 5000;
const CACHE_BYTES = 64 * 1024 * 1024;

export const createExecutor = <Command, State, Event extends DomainEvent, Code extends string>(
  deps: ExecutorDeps,
  aggregate: Aggregate<Command, State, Event, Code>,
): Executor<Command, State, Event, Code> => {
  const { store, cacheBytes = CACHE_BYTES } = deps;
  const inTurn = keyedQueue();
  const cache = foldCache<State>(cacheBytes);
  const load = (stream: string): Promise<Folded<State>> => loadThrough(cache, store, aggregate, stream);
  const once = onceWith(deps, aggregate, { ...cache, load });

  return {
    load,
    execute: (stream, command, metadata) =>
      inTurn(stream, () => untilNoConflict(stream, () => once(stream, command, metadata))),
    observe: ({ stream, revision }) => {
      cache.observe(stream, revision);
    },
  };
};

/** Reads a stream that is not in memory; again, where it was written to while it was read. */
const loadThrough = async <Command, State, Event extends DomainEvent, Code extends string>(
  cache: FoldCache<State>,
  store: EventStore,
  aggregate: Aggregate<Command, State, Event, Code>,
  stream: string,
): Promise<Folded<State>> => {
  for (;;) {
    const cached = cache.get(stream);
    if (cached !== undefined) return cached;
    const watch = cache.watch(stream);
    try {
      const folded = await readFolded(store, aggregate, stream);
      if (watch.keep(folded)) return folded;
    } finally {
      watch.end();
    }
  }
};

type Memory<State> = FoldCache<State> & { readonly load: (stream: string) => Promise<Folded<State>> };

const onceWith =
  <Command, State, Event extends DomainEvent, Code extends string>(
    deps: ExecutorDeps,
    aggregate: Aggregate<Command, State, Event, Code>,
    memory: Memory<State>,
  ) =>
  async (
    stream: string,
    command: Command,
    metadata: AppendMetadata,
  ): Promise<Executed<State, Event, Code> | 'conflict'> => {
    const { store } = deps;
    const folded = await memory.load(stream);
    if (folded.commands.has(metadata.commandId))
      return replay({ store, aggregate, stream }, folded, metadata);
    const decision = aggregate.decider.decide(command, folded.state);
    if (decision.kind === 'rejected') return decision;
    if (decision.events.length === 0) return accepted(folded, []);
    const fresh = newEvents(aggregate, stream, metadata.commandId, decision.events);
    const watch = memory.watch(stream);
    try {
      const result = await appendUntilKnown(deps, () => store.append(stream, folded.head, fresh, metadata));
      if (result.kind !== 'ok') {
        memory.drop(stream);
        return result.kind === 'conflict' ? 'conflict' : notWritten(result);
      }
      const next = foldOn(aggregate, folded, result.events, decision.events);
      watch.keep(next);
      return accepted(next, decision.events);
    } finally {
      watch.end();
    }
  };

const untilNoConflict = async <Outcome>(
  stream: string,
  once: () => Promise<Outcome | 'conflict'>,
): Promise<Outcome | Unavailable> => {
  for (let tries = 0; tries < CONFLICT_TRIES; tries += 1) {
    const outcome = await once();
    if (outcome !== 'conflict') return outcome;
  }
  return { kind: 'unavailable', code: 'busy', detail: `too many writers on ${stream}` };
};

const newEvents = (
  { schemaVersion }: { readonly schemaVersion: string },
  stream: string,
  commandId: string,
  events: readonly DomainEvent[],
): readonly NewEvent[] =>
  events.map(({ type, data }, index) => ({
    eventId: eventIdOf(stream, commandId, index),
    type,
    schemaVersion,
    data,
  }));

/** Unknown outcomes are retried with the same head and the same ids until the deadline. */
const appendUntilKnown = async (
  { clock, appendDeadlineMs = APPEND_DEADLINE_MS }: ExecutorDeps,
  append: () => Promise<AppendResult>,
): Promise<AppendResult> => {
  const giveUpAt = clock.now() + appendDeadlineMs;
  for (;;) {
    const result = await append();
    if (result.kind !== 'ambiguous' || clock.now() >= giveUpAt) return result;
    await new Promise<void>((resolve) => clock.schedule(RETRY_PAUSE_MS, resolve));
  }
};

const notWritten = (
  result: Exclude<AppendResult, { kind: 'ok' | 'conflict' }>,
): Unavailable | Rejection<'too_large'> => {
  if (result.kind === 'ambiguous')
    return { kind: 'unavailable', code: 'outcome_unknown', detail: 'the event log did not answer in time' };
  if (result.code === 'storage_full')
    return { kind: 'unavailable', code: 'storage_full', detail: result.detail };
  if (result.code === 'closed') return { kind: 'unavailable', code: 'shutting_down', detail: result.detail };
  if (result.code === 'too_large') return reject('too_large', result.detail);
  return { kind: 'unavailable', code: 'integrity', detail: result.detail };
};
