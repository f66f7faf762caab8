import { z } from 'zod';
import { name } from '../../domain/names.ts';
import { MOST_SHIFTED } from '../../domain/timershift/events.ts';
import { exactlyOneOf } from '../given-fields.ts';
import { timeInput } from '../time-input.ts';

/** The most runs whose timers are moved at once: their ids are one event. */
export const mostShifted = MOST_SHIFTED;

const reason = z.string().min(1).max(1000);

export const rescheduleTimerInput = z.strictObject({ dueAt: timeInput, reason });
export type RescheduleTimerInput = Readonly<z.output<typeof rescheduleTimerInput>>;

/** Why a timer is fired now, or cancelled. */
export const timerReasonInput = z.strictObject({ reason });
export type TimerReasonInput = Readonly<z.output<typeof timerReasonInput>>;

/** All conditions must hold. */
const timerFilter = z.strictObject({
  orchName: name.optional(),
  step: name.optional(),
  kind: z.enum(['retry', 'schedule']).optional(),
  /** Due at or after this. */
  from: timeInput.optional(),
  /** Due before this. */
  before: timeInput.optional(),
});

/** In milliseconds: ten years of 366 days. */
const FURTHEST_MS = 10 * 366 * 86_400_000;

const move = {
  byMs: z
    .int()
    .min(-FURTHEST_MS)
    .max(FURTHEST_MS)
    .refine((ms) => ms !== 0, 'must not be 0')
    .meta({ not: { const: 0 } })
    .optional(),
  to: timeInput.optional(),
};

export const shiftTimersInput = z
  .strictObject({
    filter: timerFilter,
    ...move,
    reason,
    /** Runs a second. */
    perSecond: z.int().min(1).max(1000).default(200),
    dryRun: z.boolean().default(false),
  })
  .refine(({ byMs, to }) => (byMs === undefined) !== (to === undefined), {
    message: 'says where to: exactly one of byMs and to',
  })
  .meta(exactlyOneOf('byMs', 'to'));
export type ShiftTimersInput = Readonly<z.output<typeof shiftTimersInput>>;
