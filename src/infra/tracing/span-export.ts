import type { Clock } from '../clock/port.ts';
import { unlessLate } from '../clock/port.ts';
import type { Span } from './port.ts';

/** What became of spans that were sent. `again`: nobody was there to take them, or not now. */
export type Sent = {
  readonly kind: 'exported' | 'refused' | 'again';
  /** For the log; never holds the address. */
  readonly why: string;
  /** With `exported`: how many of them were not taken all the same. */
  readonly rejected?: number;
  /** With `again`: when to, in milliseconds from now, where whoever is to take them has said so. */
  readonly askedMs?: number;
};

export type ExportCounts = { exported: number; refused: number; dropped: number };

export type ExportDeps = {
  readonly clock: Pick<Clock, 'schedule'>;
  /** Sends spans, and says within a deadline of its own what became of them. What makes it reject is not sent again. */
  readonly send: (spans: readonly Span[]) => Promise<Sent>;
  /**
   * Once when spans are not taken, until they are again; the first time that any is dropped; when some of those sent were
   * rejected, and each time that it has become twice as many.
   */
  readonly onTrouble: (why: string) => void;
  readonly onWell: () => void;
  /** Spans that wait to be sent; what comes beyond that is dropped. */
  readonly mostWaiting: number;
};

const MOST_AT_ONCE = 512;
/** From the first span that waits to its being sent, where they are few. */
const DELAY_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;
const LONGEST_ASKED_MS = 300_000;
/** For what waits when the process ends: a part of the time it has for that. */
const LAST_MS = 3000;

/**
 * Sends spans one lot after the other, and holds a bounded number of them meanwhile. Whoever tells of one never waits for
 * it: where the collector is slow or gone, spans are dropped and counted.
 */
export const spanExport = (deps: ExportDeps) => {
  const { clock } = deps;
  const queue = spanQueue(deps);
  let isClosed = false;
  let stopTimer: (() => void) | undefined;
  let sending: Promise<void> | undefined;

  const begin = (least: number): Promise<void> => {
    stopTimer?.();
    stopTimer = undefined;
    return (sending ??= queue.send(least).finally(() => {
      sending = undefined;
      if (!isClosed && queue.size() > 0) wait();
    }));
  };
  const wait = (): void => {
    stopTimer ??= clock.schedule(queue.pauseMs(), () => void begin(1));
  };

  return {
    counts: queue.counts,
    take: (span: Span): void => {
      if (isClosed) return queue.drop(1);
      queue.add(span);
      if (sending !== undefined) return;
      if (queue.isLot()) void begin(queue.atOnce);
      else wait();
    },
    /** Something that should have become a span did not. */
    untold: queue.untold,
    /** Sends what waits, for three seconds at most; the rest is dropped. Nothing is taken any more. */
    close: async (): Promise<void> => {
      isClosed = true;
      const last = (sending ?? Promise.resolve()).then(() => begin(1));
      await unlessLate(clock, LAST_MS, last);
      queue.drop(queue.size());
    },
  };
};

/** Spans that wait, and what became of those before. */
const spanQueue = (deps: ExportDeps) => {
  const { send, mostWaiting, onTrouble } = deps;
  const counts: ExportCounts = { exported: 0, refused: 0, dropped: 0 };
  const atOnce = Math.min(MOST_AT_ONCE, mostWaiting);
  let waiting: Span[] = [];
  const failures = failuresInARow(deps);

  const isSettled = settling(counts, onTrouble);
  const sendLot = async (): Promise<boolean> => {
    const lot = waiting.slice(0, atOnce);
    const sent = await send(lot).catch(unsent);
    if (isSettled(sent, lot.length)) waiting = waiting.slice(lot.length);
    failures.note(sent);
    return sent.kind === 'exported';
  };
  let isSaid = false;
  const drop = (count: number): void => {
    if (!isSaid && count > 0) onTrouble('more spans than are sent: some are dropped');
    isSaid ||= count > 0;
    counts.dropped += count;
  };
  return {
    ...{ atOnce, drop },
    untold: (): void => void (counts.dropped += 1),
    counts: (): Readonly<ExportCounts> => counts,
    size: () => waiting.length,
    isLot: () => failures.count() === 0 && waiting.length >= atOnce,
    pauseMs: failures.pauseMs,
    add: (span: Span): void => {
      if (waiting.length < mostWaiting) waiting.push(span);
      else drop(1);
    },
    /** Lot after lot, until fewer than `least` wait or one of them is not taken. */
    send: async (least: number): Promise<void> => {
      while (waiting.length >= least) if (!(await sendLot())) return;
    },
  };
};

/**
 * Counts what came of a lot; false where it is to be sent again. A collector that rejects some of each does so for as long
 * as it runs: it is said ever more seldom.
 */
const settling = (counts: ExportCounts, onTrouble: ExportDeps['onTrouble']) => {
  let inAll = 0;
  let sayAt = 1;
  return ({ kind, why, rejected = 0 }: Sent, size: number): boolean => {
    if (kind === 'again') return false;
    counts[kind] += size - rejected;
    counts.refused += rejected;
    inAll += rejected;
    if (inAll >= sayAt) {
      sayAt = 2 * inAll;
      onTrouble(why);
    }
    return true;
  };
};

/** A fault of ours, which the same spans would lead to again. */
const unsent = (error: unknown): Sent => ({
  ...{ kind: 'refused', why: error instanceof Error ? error.name : 'they could not be sent' },
});

/**
 * It is said when they begin, and when they are over. After each it is waited as long as was asked for; longer each time
 * where nothing was.
 */
const failuresInARow = ({ onTrouble, onWell }: Pick<ExportDeps, 'onTrouble' | 'onWell'>) => {
  let count = 0;
  let asked = 0;
  return {
    count: () => count,
    pauseMs: () =>
      asked > 0
        ? Math.min(LONGEST_ASKED_MS, Math.max(DELAY_MS, asked))
        : Math.min(LONGEST_PAUSE_MS, DELAY_MS * 2 ** Math.min(count, 16)),
    note: ({ kind, why, askedMs = 0 }: Sent): void => {
      const isWell = kind === 'exported';
      if (isWell && count > 0) onWell();
      if (!isWell && count === 0) onTrouble(why);
      count = isWell ? 0 : count + 1;
      asked = isWell ? 0 : askedMs;
    },
  };
};
