import { PositionUnknown, StoreClosed } from '../../src/infra/event-store/errors.ts';
import { START } from '../../src/infra/event-store/port.ts';
import type { AppendResult, EventBatch, EventStore, StoredEvent } from '../../src/infra/event-store/port.ts';
import type { Append, SimulatedLog } from './log.ts';
import { positionOf } from './log.ts';
import { reordered, without } from './deliveries.ts';
import type { Twist } from './deliveries.ts';

/** How the calls of one process reach the log, and what goes wrong on the way. */
export type Way = {
  /** Does it at a step of its own; rejects where the call fails. */
  readonly call: <Value>(label: string, operate: () => Value) => Promise<Value>;
  readonly append: (append: Append, write: () => AppendResult) => Promise<AppendResult>;
  /** Resolves when the next batch may be delivered, with what it is like. */
  readonly delivery: () => Promise<Delivery>;
  /** A whole number in [0, count): which events a twist takes. */
  readonly below: (count: number) => number;
};
/** `size`: the most events it may hold. */
export type Delivery = { readonly size: number; readonly twist: Twist };

type Options = Parameters<EventStore['subscribe']>[0];

/** The log as one process sees it, through its own way to it. */
export const simulatedStore = (log: SimulatedLog, way: Way): EventStore => {
  let isClosed = false;
  const pending = new Set<Promise<unknown>>();
  const closing = new AbortController();
  const open: Open = (operate) => () => {
    if (isClosed) throw new StoreClosed('the event store is closed');
    return operate();
  };
  const tracked = async (work: Promise<AppendResult>): Promise<AppendResult> => {
    pending.add(work);
    try {
      return await work;
    } finally {
      pending.delete(work);
    }
  };
  return {
    logId: log.logId,
    epochs: [],
    append: async (stream, expected, events, metadata) => {
      if (isClosed) return { kind: 'refused', code: 'closed', detail: 'the event store is closed' };
      const append = { stream, expected, events, metadata };
      return tracked(way.append(append, () => log.write(append)));
    },
    ...readsOf(log, way, open),
    subscribe: (options) => subscription(log, way, { ...options, closing: closing.signal }),
    close: async () => {
      const accepted = [...pending];
      isClosed = true;
      closing.abort();
      await Promise.all(accepted);
    },
  };
};

type Open = <Value>(operate: () => Value) => () => Value;

const readsOf = (
  log: SimulatedLog,
  way: Way,
  open: Open,
): Pick<EventStore, 'readStream' | 'readAll' | 'lastPosition'> => ({
  readStream: (stream, options) =>
    way.call(
      `reads ${stream}`,
      open(() => slice(log.stream(stream), options)),
    ),
  readAll: ({ after, categories, max }) =>
    way.call(
      'reads all',
      open(() => page(log, after, categories, max)),
    ),
  lastPosition: () =>
    way.call(
      'reads the last position',
      open(() => positionOf(log.all().length)),
    ),
});

const checked = (max: number): number => {
  if (max < 1 || max > 4096) throw new RangeError(`a size must be 1 to 4096, not ${max}`);
  return max;
};

const slice = (
  events: readonly StoredEvent[],
  { from, direction, max }: Parameters<EventStore['readStream']>[1],
) => {
  checked(max);
  const head = events.length - 1;
  const first = from === 'end' ? head : from;
  if (direction === 'forwards')
    return { head, events: events.slice(Math.max(0, first), Math.max(0, first) + max) };
  const end = Math.min(first, head) + 1;
  return { head, events: events.slice(Math.max(0, end - max), end).reverse() };
};

const page = (log: SimulatedLog, after: string, categories: readonly string[] | undefined, max: number) => {
  const all = log.all();
  const events: StoredEvent[] = [];
  checked(max);
  let end = numberOf(after);
  for (; end < all.length && events.length < max; end += 1)
    for (const event of all.slice(end, end + 1)) if (isWithin(event, categories)) events.push(event);
  return { events, position: positionOf(end), isEnd: end >= all.length };
};

const isWithin = ({ stream }: StoredEvent, categories: readonly string[] | undefined): boolean =>
  categories === undefined || categories.includes(stream.slice(0, stream.indexOf('-')));

async function* subscription(
  log: SimulatedLog,
  way: Way,
  { after, categories, signal, closing }: Options & { readonly closing: AbortSignal },
): AsyncGenerator<EventBatch, void, undefined> {
  let at = numberOf(after);
  if (at > log.all().length) throw new PositionUnknown(`position ${at} is after the log's last`);
  const isAborted = (): boolean => signal.aborted;
  const mustBeOpen = (): void => {
    if (closing.aborted) throw new StoreClosed('the event store is closed');
  };
  for (let isFirst = true; !isAborted(); isFirst = false) {
    mustBeOpen();
    if (!isFirst) await beyond(log, at, [signal, closing]);
    const delivery = await way.delivery();
    if (isAborted()) return;
    mustBeOpen();
    const batch = batchOf(log, at, categories, delivery);
    const moved = numberOf(batch.position);
    if (moved === at && !isFirst) continue;
    const twisted = twist(batch, delivery, way);
    at = numberOf(twisted.position);
    yield twisted;
  }
}

const numberOf = (position: string): number => Number(position.slice(0, START.length / 2));
const REPEATED = 3;

const batchOf = (
  log: SimulatedLog,
  at: number,
  categories: readonly string[] | undefined,
  { size, twist }: Delivery,
): EventBatch => {
  const { events, position, isEnd } = page(log, positionOf(at), categories, size);
  const again = log.all().slice(twist === 'repeats' ? Math.max(0, at - REPEATED) : at, at);
  const repeated = again.filter((event) => isWithin(event, categories));
  return { events: [...repeated, ...events], position, caughtUp: isEnd };
};

/** Whoever is given a gap is also given a position before it, and the rest of the batch once more. */
const twist = (batch: EventBatch, { twist }: Delivery, { below }: Way): EventBatch => {
  if (twist === 'reorders') return reordered(batch, below);
  const gap = twist === 'gap' ? without(batch.events, below) : undefined;
  if (gap === undefined) return batch;
  const position = positionOf(numberOf(gap.firstLeftOut.position) - 1);
  return { events: gap.kept, position, caughtUp: false };
};

/** Resolves when the log is longer than `length`, or one of the signals aborts; leaves no listener behind. */
const beyond = (log: SimulatedLog, length: number, signals: readonly AbortSignal[]): Promise<void> =>
  new Promise((resolve) => {
    const isReady = () => log.all().length > length || signals.some(({ aborted }) => aborted);
    if (isReady()) {
      resolve();
      return;
    }
    const check = (): void => {
      if (!isReady()) return;
      stop();
      for (const signal of signals) signal.removeEventListener('abort', check);
      resolve();
    };
    const stop = log.onWrite(check);
    for (const signal of signals) signal.addEventListener('abort', check);
  });
