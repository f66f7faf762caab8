import { categoryOf } from '../../../domain/stream-name.ts';
import { LogDamaged, PositionUnknown, StoreClosed } from '../errors.ts';
import type { EventBatch, EventStore, Position, StoredEvent } from '../port.ts';
import { unlessAborted } from '../unless-aborted.ts';
import { pause } from '../../clock/port.ts';
import type { Waiting } from './patience.ts';
import { laterOf, toWire } from './position.ts';
import type { Place, Tail } from './tail.ts';

type Options = Parameters<EventStore['subscribe']>[0];

export type SubscribeDeps = Waiting & {
  readonly tail: Tail;
  readonly readAll: EventStore['readAll'];
  readonly lastPosition: () => Promise<Position>;
  readonly onTrouble: (error: unknown) => void;
};

const BATCH = 1024;
const PAUSE_MS = 500;

/** Where a subscriber stands: in the tail, or somewhere in the log before it. */
type At = { readonly position: Position; readonly place?: Place };
type Step = { readonly batch: EventBatch; readonly at: At; readonly isNews: boolean };

/** History from the server, then live events from the tail; back to the server where the consumer fell behind it. */
export async function* subscription(
  deps: SubscribeDeps,
  options: Options,
): AsyncGenerator<EventBatch, void, undefined> {
  const { after, signal } = options;
  const { tail } = deps;
  toWire(after);
  await assertKnown(deps, after, signal);
  let at: At = { position: after };
  for (let isFirst = true; !signal.aborted; isFirst = false) {
    assertOpen(tail);
    const step: Step | undefined = live(tail, at, options) ?? (await history(deps, at, options));
    if (step === undefined) return;
    if (step.isNews || isFirst) yield step.batch;
    at = step.at;
    if (at.place !== undefined && step.batch.caughtUp) await untilMore(tail, at.place, signal);
  }
}

const live = (tail: Tail, at: At, { categories }: Options): Step | undefined => {
  const place = at.place ?? tail.enter(at.position);
  const taken = place === undefined ? undefined : tail.take(place, BATCH);
  if (taken === undefined) return undefined;
  const position = taken.events.reduce((last, event) => laterOf(last, event.position), at.position);
  return {
    batch: { events: within(taken.events, categories), position, caughtUp: taken.isAll },
    at: { position, place: taken.place },
    isNews: taken.events.length > 0,
  };
};

const assertOpen = (tail: Tail): void => {
  const reason = tail.ended();
  if (reason !== undefined) throw reason;
};

const untilMore = async (tail: Tail, place: Place, signal: AbortSignal): Promise<void> => {
  await tail.beyond(place, signal);
  const damage = tail.blocked();
  if (damage !== undefined && !signal.aborted && tail.take(place, 1)?.events.length === 0) throw damage;
};

const within = (
  events: readonly StoredEvent[],
  categories: Options['categories'],
): readonly StoredEvent[] => {
  if (categories === undefined) return events;
  return events.filter(({ stream }) => categories.includes(categoryOf(stream)));
};

const assertKnown = async (deps: SubscribeDeps, after: Position, signal: AbortSignal): Promise<void> => {
  if (signal.aborted || after <= deps.tail.last()) return;
  const last = await persistently(deps, signal, deps.lastPosition);
  if (last !== undefined && after > last)
    throw new PositionUnknown(`position ${after} is after the log's last, ${last}`);
};

const history = (deps: SubscribeDeps, at: At, options: Options): Promise<Step | undefined> =>
  persistently(deps, options.signal, async () => {
    const { categories } = options;
    const filter = categories === undefined ? {} : { categories };
    const { events, position, isEnd } = await deps.readAll({ after: at.position, max: BATCH, ...filter });
    const isNews = position > at.position;
    return { batch: { events, position, caughtUp: isEnd }, at: { position }, isNews };
  });

/** Tries until it succeeds: a server that is away ends no subscription. Undefined once the signal aborts. */
const persistently = async <Value>(
  { clock, onTrouble }: SubscribeDeps,
  signal: AbortSignal,
  attempt: () => Promise<Value>,
): Promise<Value | undefined> => {
  while (!signal.aborted) {
    try {
      return await unlessAborted(attempt(), signal);
    } catch (error) {
      if (error instanceof LogDamaged || error instanceof StoreClosed || error instanceof RangeError)
        throw error;
      onTrouble(error);
    }
    await pause(clock, PAUSE_MS, signal);
  }
  return undefined;
};
