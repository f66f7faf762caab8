import type { Aggregate } from '../domain/aggregate.ts';
import type { AppendMetadata, DomainEvent } from '../domain/event.ts';
import { passingMap } from '../domain/passing-map.ts';
import type { PassingMap } from '../domain/passing-map.ts';
import type { EventStore, StoredEvent } from '../infra/event-store/port.ts';
import { appendUntilKnown, notWritten } from './append.ts';
import type { AppendDeps } from './append.ts';
import { commandTurns, tookTooLong } from './command-turns.ts';
import { foldCache } from './fold-cache.ts';
import type { FoldCache } from './fold-cache.ts';
import { accepted, replay, reusedKey } from './executed.ts';
import type { Executed } from './executed.ts';
import { emptyFold, foldOn, writtenBy } from './folded.ts';
import type { Decided, Folded } from './folded.ts';
import { newEvents } from './new-events.ts';
import { readOn } from './read-on.ts';
import { untilNoConflict } from './until-no-conflict.ts';
import { whenThere } from './when-there.ts';
import type { Soon } from '../infra/clock/port.ts';

/** The one way to read and to write the streams of one aggregate. */
export type Executor<Command, State, Event, Code extends string> = {
  /** The stream folded to its head: from memory, at once, where nobody else may have written since this process did. */
  readonly load: (stream: string) => Loaded<State>;
  /** The same, with everything the log has of it now. */
  readonly reload: (stream: string) => Loaded<State>;
  /**
   * The one write path: load, fold, decide, append at the exact head, decide again on a conflict (8 times).
   * A known command id is answered from its stored events without deciding; with another `bodyHash` it is
   * rejected as `idempotency_key_reused`. Commands to one stream run one after the other.
   */
  readonly execute: Execute<Command, State, Event, Code>;
  /**
   * The same for a stream that is most likely not there yet, under a command id that was not used before: it is only
   * read where it proves to be there.
   */
  readonly executeNew: Execute<Command, State, Event, Code>;
  /** Drops what is kept in memory of a stream that another process has written to. */
  readonly observe: (event: StoredEvent) => void;
};

type Loaded<State> = Soon<Folded<State>>;

type Execute<Command, State, Event, Code extends string> = (
  stream: string,
  command: Command,
  metadata: AppendMetadata,
  /** Since when whoever asks for it waits. */
  askedAt?: number,
) => Soon<Executed<State, Event, Code>>;

export type ExecutorDeps = AppendDeps & {
  readonly store: EventStore;
  /** Memory for folded streams, in bytes. */
  readonly cacheBytes?: number;
  /**
   * Other processes write to the log too. Then memory only saves reading what it holds: what is behind it is read
   * before anything is answered from it. Only an append needs no such look: its exact head is the proof.
   */
  readonly isShared?: boolean;
  /**
   * This process follows these streams and `observe`s their events, so that memory is behind by no more than the
   * subscription is: good enough to `load` from, not to refuse a command by.
   */
  readonly isFollowed?: boolean;
};

const CACHE_BYTES = 64 * 1024 * 1024;

/** Reads and writes nothing before it is asked to. Its promises reject with what reading the store throws. */
export const createExecutor = <Command, State, Event extends DomainEvent, Code extends string>(
  deps: ExecutorDeps,
  aggregate: Aggregate<Command, State, Event, Code>,
): Executor<Command, State, Event, Code> => {
  const { cacheBytes = CACHE_BYTES, isShared = false, isFollowed = false } = deps;
  const inTurn = commandTurns(deps.clock, isShared);
  const cache = foldCache<State>(cacheBytes);
  // Who follows the log may be told of an event before the answer to its append comes here.
  const appending = passingMap<string, true>();
  const read = (stream: string): Promise<Folded<State>> => readOn(deps.store, cache, aggregate, stream);
  const known = (stream: string): Loaded<State> =>
    (appending.has(stream) ? undefined : cache.get(stream)) ?? read(stream);
  const reload = isShared ? read : known;
  const load = isShared && !isFollowed ? read : known;
  const memory = { ...cache, load: reload, appending };
  const unread = { ...memory, get: () => emptyFold(aggregate.decider.initial) };
  const once = onceWith(deps, aggregate, memory);
  // A refusal proves nothing there: it is only given after a look.
  const onceNew = onceWith({ ...deps, isShared: true }, aggregate, unread);
  const executeFrom =
    (first: typeof once): Executor<Command, State, Event, Code>['execute'] =>
    (stream, command, metadata, askedAt) =>
      inTurn(
        stream,
        (isLate) =>
          untilNoConflict(stream, (tries) => (tries === 0 ? first : once)(stream, command, metadata, isLate)),
        askedAt,
      );

  return {
    load,
    reload,
    execute: executeFrom(once),
    executeNew: executeFrom(onceNew),
    observe: ({ stream, revision }) => {
      cache.observe(stream, revision);
    },
  };
};

type Memory<State> = FoldCache<State> & {
  readonly load: (stream: string) => Loaded<State>;
  /** Streams of which an append is under way; of each, commands come one after the other. */
  readonly appending: PassingMap<string, true>;
};

const onceWith = <Command, State, Event extends DomainEvent, Code extends string>(
  deps: ExecutorDeps,
  aggregate: Aggregate<Command, State, Event, Code>,
  memory: Memory<State>,
) => {
  const { store, isShared = false } = deps;
  const write = writeWith(deps, aggregate, memory);
  // Where nothing is written, nothing proves the fold current: it must be looked at.
  const unlessStale = (
    stream: string,
    { head }: Folded<State>,
    outcome: Executed<State, Event, Code>,
  ): Soon<Executed<State, Event, Code> | 'conflict'> =>
    isShared
      ? whenThere(memory.load(stream), (now) => (now.head.hash === head.hash ? outcome : 'conflict'))
      : outcome;

  return (
    stream: string,
    command: Command,
    metadata: AppendMetadata,
    isLate?: () => boolean,
  ): Soon<Executed<State, Event, Code> | 'conflict'> =>
    whenThere(memory.get(stream) ?? memory.load(stream), (folded) => {
      if (writtenBy(folded, metadata.commandId) !== undefined)
        return replay({ store, aggregate, stream }, folded, metadata);
      const decision = aggregate.decider.decide(command, folded.state);
      if (decision.kind === 'rejected') return unlessStale(stream, folded, decision);
      if (decision.events.length === 0) return unlessStale(stream, folded, accepted(folded, []));
      if (isLate?.() === true) return tookTooLong(`${stream} could not be read in time to write to it`);
      return write({ stream, folded, decided: decision, metadata });
    });
};

type Write<State, Event> = {
  readonly stream: string;
  readonly folded: Folded<State>;
  readonly decided: Decided<State, Event>;
  readonly metadata: AppendMetadata;
};

const writeWith =
  <Command, State, Event extends DomainEvent, Code extends string>(
    deps: ExecutorDeps,
    aggregate: Aggregate<Command, State, Event, Code>,
    memory: Memory<State>,
  ) =>
  async ({
    stream,
    folded,
    decided,
    metadata,
  }: Write<State, Event>): Promise<Executed<State, Event, Code> | 'conflict'> => {
    const { events } = decided;
    const fresh = newEvents(aggregate, stream, metadata.commandId, events);
    const watch = memory.watch(stream);
    memory.appending.set(stream, true);
    try {
      const result = await appendUntilKnown(deps, () =>
        deps.store.append(stream, folded.head, fresh, metadata),
      );
      if (result.kind !== 'ok') {
        memory.drop(stream);
        return result.kind === 'conflict' ? 'conflict' : notWritten(result);
      }
      const next = foldOn(aggregate, folded, result.events, decided);
      watch.keep(next);
      // Another process may have taken this command at the very same head: then it is its answer that counts.
      return reusedKey(result.events, metadata) ?? accepted(next, events);
    } finally {
      memory.appending.delete(stream);
      watch.end();
    }
  };
