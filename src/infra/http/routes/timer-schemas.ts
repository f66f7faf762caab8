import { z } from 'zod';
import { flowId } from '../../../commands/saga/inputs.ts';
import { name, stepAction } from '../../../domain/names.ts';
import { timer } from '../../../projections/sagas/read-model.ts';
import * as schemas from './schemas.ts';

export const onTimer = z.strictObject({ flowId, step: name, action: stepAction });
export const onShift = z.strictObject({ shiftId: z.uuid().toLowerCase() });

export const shiftPreview = z.strictObject({
  /** Timers that match. */
  count: z.int(),
  /** Runs that have them. */
  runs: z.int(),
  /** The 100 that are due next, with the times they would get. */
  first: z.array(timer.extend({ newDueAt: z.string() })).readonly(),
  /** More runs match than are moved at once: this shift would be refused. */
  isCut: z.boolean(),
  position: schemas.position,
});

export const shiftAnswer = schemas.commandAnswer.extend({
  shiftId: z.string(),
  /** How many runs it goes through. */
  runs: z.int(),
});

const count = z.int();

export const shiftView = z.strictObject({
  shiftId: z.string(),
  isFinished: z.boolean(),
  runs: count,
  counts: z.strictObject({ moved: count, unchanged: count, refused: count }),
  timersMoved: count,
  reason: z.string(),
  /** Of the runs that had their turn, in order. */
  results: z
    .array(
      z.strictObject({
        flowId: z.string(),
        /** `unchanged`: no timer of the run matched any more. */
        outcome: z.enum(['moved', 'unchanged', 'refused']),
        moved: count,
        code: z.string().nullable(),
      }),
    )
    .readonly(),
  owner: z.string().nullable(),
  revision: count,
  position: schemas.position,
});
