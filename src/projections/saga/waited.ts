import type { SagaDocument, WaitingReason } from './read-model.ts';

/** What a run's time goes to: the waiting reason it shows, `none` where it shows none, `ended` until an undo reopens it. */
export type TimeKind = WaitingReason | 'none' | 'ended';

/** Where a run's time went. The milliseconds add up to the time from its start to `countedUntil`. */
export type Waited = {
  readonly waitedMs: Readonly<Record<string, number>>;
  /** When the last event was recorded, RFC 3339. */
  readonly countedUntil: string;
  /** What the time since then goes to. */
  readonly waitsFor: TimeKind;
};

/** Counts the time up to an event, then looks what the run (as the event left it) waits for from there on. */
export const waitedAfter = (before: Waited | null, document: SagaDocument, at: string): Waited => ({
  waitedMs: before === null ? {} : waitedUntil(before, at),
  countedUntil: at,
  waitsFor: document.ended === null ? (document.waiting?.reason ?? 'none') : 'ended',
});

/** Milliseconds by what they went to, up to a time at or after `countedUntil`. */
export const waitedUntil = ({ waitedMs, countedUntil, waitsFor }: Waited, at: string): Waited['waitedMs'] => {
  // Events of one append are recorded at the same time.
  if (at === countedUntil) return waitedMs;
  const ms = Date.parse(at) - Date.parse(countedUntil);
  return ms <= 0 ? waitedMs : added(waitedMs, waitsFor, ms);
};

/** A kind that is new takes its place in order, as canonical JSON has it. */
const added = (waitedMs: Waited['waitedMs'], kind: TimeKind, ms: number): Waited['waitedMs'] => {
  const before = waitedMs[kind];
  if (before !== undefined) return { ...waitedMs, [kind]: before + ms };
  const all = [...Object.entries(waitedMs), [kind, ms] as const];
  return Object.fromEntries(all.sort(([a], [b]) => (a < b ? -1 : 1)));
};
