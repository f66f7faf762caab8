import { z } from 'zod';

export const HEALING = 'healing';

/** A time in which nobody served a step and runs waited for it. */
export const incident = z.strictObject({
  /** Since when the first run waited. */
  since: z.string(),
  /** When the last run that waited went on; null while some have not, for all the events say. */
  until: z.string().nullable(),
  /** When a worker came, and who. */
  suppliedAt: z.string().nullable(),
  suppliedBy: z.array(z.string()),
  /** How many times a run began to wait, and went on. */
  waited: z.int(),
  resumed: z.int(),
  firstResumedAt: z.string().nullable(),
  lastResumedAt: z.string().nullable(),
  /** The most that went on within one second: how they were paced. */
  peakPerSecond: z.int(),
  inLastSecond: z.int(),
});
export type Incident = Readonly<z.infer<typeof incident>>;

/** The diary of one step of one orchestration. */
export const diary = z.strictObject({
  orchName: z.string(),
  step: z.string(),
  /** The latest incident goes on. */
  open: z.boolean(),
  since: z.string(),
  incidents: z.int(),
  latest: incident,
  /** The ones before, newest first; the oldest are forgotten. */
  earlier: z.array(incident),
  position: z.string(),
});
export type Diary = Readonly<z.infer<typeof diary>>;

const incidentView = incident.omit({ inLastSecond: true }).extend({
  /** `missing`: nobody serves the step; `resuming`: somebody does, and runs are let go at a pace. */
  state: z.enum(['missing', 'resuming', 'over']),
  /** Runs that still wait. */
  waiting: z.int(),
  /** Runs that ended or were undone before a worker came. */
  gone: z.int(),
});
export type IncidentView = z.infer<typeof incidentView>;

export const diaryView = diary
  .omit({ since: true })
  .extend({ latest: incidentView, earlier: z.array(incidentView) });
export type DiaryView = z.infer<typeof diaryView>;
