import { z } from 'zod';
import { replayEvents, replayProblem, replayWait } from '../../domain/replay/events.ts';

export const REPLAYS = 'replays';

export const replayStatus = z.enum(['CREATED', 'RUNNING', 'PAUSED', 'COMPLETED', 'FAILED', 'CANCELLED']);

const count = z.int().nonnegative();
const { filter, target, speed, maxEvents, payloads, skipErrors } = replayEvents.ReplayCreated.shape;

/** One replay session, as it is kept. */
export const replayRow = z.strictObject({
  sessionId: z.string(),
  status: replayStatus,
  ...{ filter, target, speed, maxEvents, payloads, skipErrors },
  /** How many events there are to replay; null until they are counted. */
  total: count.nullable(),
  replayed: count,
  failed: count,
  skipped: count,
  /** The first that did not arrive. */
  errors: z.array(replayProblem).readonly(),
  /** Why it stands still, though it runs, and since when. */
  waiting: replayWait.extend({ since: z.string() }).nullable(),
  /** Why it ended before its time. */
  failure: replayEvents.ReplayFailed.nullable(),
  owner: z.string().nullable(),
  createdAt: z.string(),
  startedAt: z.string().nullable(),
  endedAt: z.string().nullable(),
  updatedAt: z.string(),
  /** Since when it runs without a break, and how much was done by then. */
  runs: z.strictObject({ since: z.string(), done: count }).nullable(),
  /** When it was last recorded how far it is. */
  progressedAt: z.string().nullable(),
  correlationId: z.string(),
  revision: z.int(),
  position: z.string(),
});
export type ReplayRow = z.infer<typeof replayRow>;

const shown = replayRow.omit({ runs: true });

/** A session with everything that is known of it. */
export const replayView = shown.extend({
  /** Of the events to replay, in per cent with one decimal; null until they are counted. */
  percent: z.number().nullable(),
  /** At the pace so far; null while that is not known, and while it does not run. */
  secondsLeft: count.nullable(),
});
export type ReplayView = z.infer<typeof replayView>;

/** The same as it stands in lists. */
export const replaySummary = replayView.omit({ errors: true });
export type ReplaySummary = z.infer<typeof replaySummary>;
