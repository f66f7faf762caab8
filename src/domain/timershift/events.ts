// These schemas are the storage format. A field added needs a default and a new minor version; any other
// change needs a new major version and an upcaster. Golden files in test/golden hold every stored form.
import { z } from 'zod';
import { parserOf } from '../aggregate.ts';
import type { EventOf } from '../aggregate.ts';
import { name } from '../names.ts';

/** The ids of so many runs fit into one event. */
export const MOST_SHIFTED = 10_000;
/** Of so many runs the results are recorded at once. */
export const MOST_RESULTS = 100;

const time = z.int().nonnegative();

const shiftOutcome = z.enum(['moved', 'unchanged', 'refused']);

const result = z.strictObject({
  flowId: z.uuid(),
  /** `unchanged`: no timer of the run matched any more when its turn came. */
  outcome: shiftOutcome,
  /** How many of its timers were moved. */
  moved: z.int().nonnegative(),
  /** Why not, where it was refused. */
  code: z.string().max(80).nullable(),
});

/** Stream `timershift-<uuid>`: the timers of many runs that a person moves at once. */
export const timerShiftEvents = {
  TimerShiftRequested: z.strictObject({
    flowIds: z.array(z.uuid()).max(MOST_SHIFTED).readonly(),
    /** All conditions hold; null is none. Times in milliseconds, `before` exclusive. */
    match: z.strictObject({
      orchName: name.nullable(),
      step: name.nullable(),
      kind: z.enum(['retry', 'schedule']).nullable(),
      from: time.nullable(),
      before: time.nullable(),
    }),
    move: z.union([z.strictObject({ to: time }), z.strictObject({ byMs: z.int() })]),
    reason: z.string().max(1000),
    /** The most runs a second. */
    perSecond: z.int().positive(),
  }),
  TimersShifted: z.strictObject({ results: z.array(result).max(MOST_RESULTS).readonly() }),
  TimerShiftFinished: z.strictObject({}),
} as const;

export type TimerShiftEvent = EventOf<typeof timerShiftEvents>;
export type ShiftResult = Readonly<z.infer<typeof result>>;

export const timerShiftSchemaVersion = '1.0';

/** Any stored form of them as the current one. */
export const parseTimerShiftEvent = parserOf(timerShiftEvents, timerShiftSchemaVersion);
