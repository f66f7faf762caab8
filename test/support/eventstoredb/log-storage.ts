import { comparePositions, TOMBSTONE_REVISION } from './log-types.ts';
import type { Defect, LogPosition, LogRecord, ProposedEvent } from './log-types.ts';
import { recentCommits } from './recent-commits.ts';

export type StreamState = {
  readonly records: readonly LogRecord[];
  /** Last revision, -1 for none; scavenging does not lower it. */
  readonly last: bigint;
  readonly isTombstoned: boolean;
};

const NOTHING: StreamState = { records: [], last: -1n, isTombstoned: false };

/** Records in log order and by stream, their positions, and how far they are replicated. Decides nothing. */
export const logStorage = (options: { readonly now: () => number; readonly recentIds: number }) => {
  const streams = new Map<string, { records: LogRecord[]; last: bigint; isTombstoned: boolean }>();
  const recent = recentCommits(options.recentIds);
  const listeners = new Set<() => void>();
  let records: LogRecord[] = [];
  let heldFrom: number | undefined;
  let nextByte = 1_024n;

  const stateOf = (stream: string): StreamState => streams.get(stream) ?? NOTHING;

  /** Several events of one append share a commit position, so a checkpoint by commit alone would lose some. */
  const positionsFor = (events: readonly ProposedEvent[]): readonly LogPosition[] => {
    const prepares = events.map(({ data, metadata }) => {
      const prepare = nextByte;
      nextByte += BigInt(96 + data.length + metadata.length);
      return prepare;
    });
    const shared = prepares.length > 1 ? nextByte : undefined;
    if (shared !== undefined) nextByte += 64n;
    return prepares.map((prepare) => ({ commit: shared ?? prepare, prepare }));
  };
  const store = (record: LogRecord): void => {
    const state = streams.get(record.stream) ?? { ...NOTHING, records: [] };
    state.records.push(record);
    if (record.revision === TOMBSTONE_REVISION) state.isTombstoned = true;
    else state.last = record.revision;
    streams.set(record.stream, state);
    records.push(record);
    recent.add(record);
  };
  const tell = () => listeners.forEach((listener) => listener());

  return {
    stateOf,
    recent: recent.revisionOf,
    /** Stores events from a revision on, at one moment. */
    write: (
      stream: string,
      events: readonly ProposedEvent[],
      place: { readonly from?: bigint; readonly defect?: Defect } = {},
    ): LogPosition | undefined => {
      const positions = positionsFor(events);
      const first = place.from ?? stateOf(stream).last + 1n;
      const created = options.now();
      const defect = place.defect === undefined ? {} : { defect: place.defect };
      positions.forEach((position, index) => {
        const event = events[index];
        if (event === undefined) return;
        store({ ...event, ...defect, stream, revision: first + BigInt(index), position, created });
      });
      tell();
      return positions.at(-1);
    },
    /** Puts other records in the place of those that are there, as nobody should; @returns what undoes it. */
    tamper: (change: (records: readonly LogRecord[]) => readonly LogRecord[]): (() => void) => {
      const before = records;
      const put = (instead: readonly LogRecord[]): void => {
        records = [];
        streams.clear();
        for (const record of instead) store(record);
      };
      put(change(before));
      return () => {
        put(before);
      };
    },
    keepOnly: (isKept: (record: LogRecord) => boolean): void => {
      for (const state of streams.values()) state.records = state.records.filter(isKept);
      records = records.filter(isKept);
    },
    /** Everything that is replicated, in log order. */
    visible: (): readonly LogRecord[] => (heldFrom === undefined ? records : records.slice(0, heldFrom)),
    isVisible: ({ position }: LogRecord): boolean => {
      const first = heldFrom === undefined ? undefined : records[heldFrom];
      return first === undefined || comparePositions(position, first.position) < 0;
    },
    /** From now on what is written is not replicated: not read, not acknowledged. */
    hold: (): void => void (heldFrom ??= records.length),
    isHeld: (): boolean => heldFrom !== undefined,
    release: (): void => {
      heldFrom = undefined;
      tell();
    },
    /** Calls back whenever there may be more to read; returns what ends it. */
    watch: (listener: () => void): (() => void) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
};
