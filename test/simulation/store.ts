import { PositionUnknown, StoreClosed } from '../../src/infra/event-store/errors.ts';
import { START } from '../../src/infra/event-store/port.ts';
import type { AppendResult, EventBatch, EventStore, StoredEvent } from '../../src/infra/event-store/port.ts';
import type { Append, SimulatedLog } from './log.ts';
import { positionOf } from './log.ts';

/** How the calls of one process reach the log, and what goes wrong on the way. */
export type Way = {
  /** Does it at a step of its own; rejects where the call fails. */
  readonly call: <Value>(label: string, operate: () => Value) => Promise<Value>;
  readonly append: (append: Append, write: () => AppendResult) => Promise<AppendResult>;
  /** Resolves when the next batch may be delivered, with the most events it may hold. */
  readonly delivery: () => Promise<number>;
};

type Options = Parameters<EventStore['subscribe']>[0];

/** The log as one process sees it, through its own way to it. */
export const simulatedStore = (log: SimulatedLog, way: Way): EventStore => {
  let isClosed = false;
  const pending = new Set<Promise<unknown>>();
  const closing = new AbortController();
  const open =
    <Value>(operate: () => Value) =>
    () => {
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
    append: async (stream, expected, events, metadata) => {
      if (isClosed) return { kind: 'refused', code: 'closed', detail: 'the event store is closed' };
      const append = { stream, expected, events, metadata };
      return tracked(way.append(append, () => log.write(append)));
    },
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
    subscribe: (options) => subscription(log, way, { ...options, closing: closing.signal }),
    lastPosition: () =>
      way.call(
        'reads the last position',
        open(() => positionOf(log.all().length)),
      ),
    close: async () => {
      const accepted = [...pending];
      isClosed = true;
      closing.abort();
      await Promise.all(accepted);
    },
  };
};

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
  let end = Number(after.slice(0, START.length / 2));
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
  let at = Number(after.slice(0, START.length / 2));
  if (at > log.all().length) throw new PositionUnknown(`position ${at} is after the log's last`);
  const isAborted = (): boolean => signal.aborted;
  const mustBeOpen = (): void => {
    if (closing.aborted) throw new StoreClosed('the event store is closed');
  };
  for (let isFirst = true; !isAborted(); isFirst = false) {
    mustBeOpen();
    if (!isFirst) await beyond(log, at, [signal, closing]);
    const size = await way.delivery();
    if (isAborted()) return;
    mustBeOpen();
    const { events, position, isEnd } = page(log, positionOf(at), categories, size);
    const moved = Number(position.slice(0, START.length / 2));
    if (moved === at && !isFirst) continue;
    at = moved;
    yield { events, position, caughtUp: isEnd };
  }
}

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
