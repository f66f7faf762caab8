import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { instanceStream } from '../../domain/instance/aggregate.ts';
import { sagaStream } from '../../domain/saga/aggregate.ts';
import type { EventStore, Position, StoredEvent } from '../../infra/event-store/port.ts';
import { UnknownCollection } from '../../infra/read-store/port.ts';
import type { Condition, ReadStore, StoredDocument } from '../../infra/read-store/port.ts';
import { INSTANCES } from '../../projections/instances/read-model.ts';
import { SAGAS } from '../../projections/sagas/read-model.ts';
import { BEFORE_ALL, createMarks } from './marks.ts';
import type { Mark } from './marks.ts';

/** What somebody asks about: a time (RFC 3339 in UTC with milliseconds) or a position of this log. */
export type Asked =
  | { readonly kind: 'time'; readonly time: string }
  | { readonly kind: 'position'; readonly position: Position };

/** Where the log stood then. */
export type Moment = {
  /** Every event up to here counts, no later one does. */
  readonly position: Position;
  /** The time asked for; null where a position was. */
  readonly time: string | null;
  /** When the last event that counts was recorded; null where a position was asked for, and before the first. */
  readonly recordedAt: string | null;
  /** No event of that time can be recorded any more: the same question always has the same answer. */
  readonly isExact: boolean;
};

export type MomentDeps = {
  readonly log: Pick<EventStore, 'readAll' | 'readStream' | 'lastPosition'>;
  readonly readStore: Pick<ReadStore, 'find'>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
};

const KEPT = 1000;
const SLICE = 1024;
/** As far as the clocks of different servers may be apart, in milliseconds. */
const SETTLED_AFTER_MS = 60_000;

/**
 * Finds moments in the log. `ahead`: they have not come yet. `searching`: the signal aborted first; the next search
 * goes on where this one ended.
 */
export const createMoments = (deps: MomentDeps) => {
  const known = new LRUCache<string, Moment>({ max: KEPT });
  const marks = createMarks();
  return async (asked: Asked, signal: AbortSignal): Promise<Moment | 'ahead' | 'searching'> => {
    if (asked.kind === 'position') return atPosition(deps, asked.position);
    const { time } = asked;
    const found = known.get(time) ?? (await atTime({ ...deps, marks }, time, signal));
    if (typeof found === 'object' && found.isExact) known.set(time, found);
    return found;
  };
};

const atPosition = async ({ log }: MomentDeps, position: Position): Promise<Moment | 'ahead'> =>
  position > (await log.lastPosition()) ? 'ahead' : { position, time: null, recordedAt: null, isExact: true };

type Searching = MomentDeps & { readonly marks: ReturnType<typeof createMarks> };

const atTime = async (deps: Searching, time: string, signal: AbortSignal) => {
  const found = await searched(deps, time, signal);
  if (found === 'searching') return found;
  const { last, isPassed } = found;
  const aheadMs = Date.parse(time) - deps.now();
  // What a store has recorded counts, whatever the clock here says.
  if (!isPassed && aheadMs > 0 && last.at !== time) return 'ahead';
  const isExact = isPassed || aheadMs < -SETTLED_AFTER_MS;
  return { position: last.position, time, recordedAt: last.at === '' ? null : last.at, isExact };
};

/** The last event up to a time, and whether there is a later one. */
const searched = async ({ marks, ...deps }: Searching, time: string, signal: AbortSignal) => {
  let last = later(marks.before(time), await nearBefore(deps, time));
  for (let after = last.position; ;) {
    const { events, position, isEnd } = await deps.log.readAll({ after, max: SLICE });
    const within = events.filter(({ metadata }) => metadata.recordedAt <= time);
    const isPassed = within.length < events.length;
    last = markOf(within.at(-1)) ?? last;
    if (isPassed || isEnd) return { last, isPassed };
    marks.note(last);
    if (signal.aborted) return 'searching';
    after = position;
  }
};

const markOf = (event: StoredEvent | undefined): Mark | undefined =>
  event && { at: event.metadata.recordedAt, position: event.position };

const later = (one: Mark, other: Mark): Mark => (one.position > other.position ? one : other);

/**
 * Events that read models find at once, so that no log is searched by time: the beginning of the last run begun by then,
 * and the last event of the instance that nothing has happened to since.
 */
const nearBefore = async ({ log, readStore }: MomentDeps, time: string): Promise<Mark> => {
  const markIn = async (stream: string, from: number): Promise<Mark> => {
    const { events } = await log.readStream(stream, { from, direction: 'forwards', max: 1 });
    const found = markOf(events[0]) ?? BEFORE_ALL;
    return found.at > time ? BEFORE_ALL : found;
  };
  const run = await lastIn(readStore, { name: SAGAS, field: 'startedAt' }, time);
  const instance = await lastIn(readStore, { name: INSTANCES, field: 'updatedAt', only: RECEIVED }, time);
  return later(
    run === undefined ? BEFORE_ALL : await markIn(sagaStream(run.id), 0),
    instance === undefined ? BEFORE_ALL : await markIn(instanceStream(instance.id), revisionOf(instance)),
  );
};

/** A delivery that was refused is no instance. */
const RECEIVED: readonly Condition[] = [{ field: 'kind', op: 'eq', value: 'instance' }];

const revisionOf = ({ body }: StoredDocument): number =>
  z.looseObject({ revision: z.int() }).parse(body).revision;

type Where = { readonly name: string; readonly field: string; readonly only?: readonly Condition[] };

const lastIn = async (
  readStore: MomentDeps['readStore'],
  { name, field, only = [] }: Where,
  time: string,
): Promise<StoredDocument | undefined> => {
  const where = [...only, { field, op: 'lte', value: time } as const];
  try {
    const sort = { field, direction: 'desc' } as const;
    return (await readStore.find(name, { where, sort, limit: 1 })).documents[0];
  } catch (error) {
    // The read model is being made: the log is read from its start.
    if (error instanceof UnknownCollection) return undefined;
    throw error;
  }
};
