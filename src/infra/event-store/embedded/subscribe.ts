import { PositionUnknown } from '../errors.ts';
import type { AllSlice, EventBatch, EventStore, StoredEvent } from '../port.ts';
import { toNumber, toPosition } from './position.ts';
import type { Tail } from './tail.ts';

type Options = Parameters<EventStore['subscribe']>[0];

export type Subscriptions = {
  readonly tail: Tail;
  readonly readAll: EventStore['readAll'];
  /** Number of the last event on disk: it may be ahead of the tail by what is being acknowledged. */
  readonly lastOnDisk: () => Promise<number>;
};

const BATCH = 1024;

/** History from disk, then live events from the tail; back to disk where the consumer fell behind the tail. */
export async function* subscription(
  { tail, readAll, lastOnDisk }: Subscriptions,
  { after, categories, signal }: Options,
): AsyncGenerator<EventBatch, void, undefined> {
  let number = toNumber(after);
  await assertKnown(number, { tail, lastOnDisk });
  for (let isFirst = true; !signal.aborted; isFirst = false) {
    assertOpen(tail);
    const batch =
      liveBatch(tail, number, categories) ?? (await history(readAll, number, { categories, signal }));
    if (batch === undefined) return;
    const next = toNumber(batch.position);
    if (next > number || isFirst) yield batch;
    number = next;
    if (batch.caughtUp) await tail.beyond(number, signal);
  }
}

const assertOpen = (tail: Tail): void => {
  const reason = tail.ended();
  if (reason !== undefined) throw reason;
};

const assertKnown = async (
  number: number,
  { tail, lastOnDisk }: Omit<Subscriptions, 'readAll'>,
): Promise<void> => {
  if (number <= tail.last()) return;
  const last = await lastOnDisk();
  if (number <= last) return;
  throw new PositionUnknown(`position ${String(number)} is after the log's last, ${String(last)}`);
};

const liveBatch = (tail: Tail, number: number, categories: Options['categories']): EventBatch | undefined => {
  const events = tail.after(number, BATCH);
  if (events === undefined) return undefined;
  const position = number + events.length;
  return {
    events: within(events, categories),
    position: toPosition(position),
    caughtUp: position >= tail.last(),
  };
};

const within = (
  events: readonly StoredEvent[],
  categories: Options['categories'],
): readonly StoredEvent[] => {
  if (categories === undefined) return events;
  return events.filter(({ stream }) => {
    const dash = stream.indexOf('-');
    return dash !== -1 && categories.includes(stream.slice(0, dash));
  });
};

type Scope = { readonly categories: Options['categories']; readonly signal: AbortSignal };

const history = async (
  readAll: EventStore['readAll'],
  number: number,
  { categories, signal }: Scope,
): Promise<EventBatch | undefined> => {
  const filter = categories === undefined ? {} : { categories };
  const slice = await unlessAborted(readAll({ after: toPosition(number), max: BATCH, ...filter }), signal);
  return slice === undefined ? undefined : asBatch(slice);
};

const asBatch = ({ events, position, isEnd }: AllSlice): EventBatch => ({
  events,
  position,
  caughtUp: isEnd,
});

/** `undefined` as soon as the signal aborts; what the promise brings then is dropped. */
const unlessAborted = <Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value | undefined> =>
  new Promise((resolve, reject) => {
    const aborted = (): void => {
      resolve(undefined);
    };
    if (signal.aborted) aborted();
    signal.addEventListener('abort', aborted);
    promise.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', aborted);
    });
  });
