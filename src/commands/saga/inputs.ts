import { z } from 'zod';

export const flowId = z.uuid().transform((id) => id.toLowerCase());
const optionalReason = z.string().min(1).max(1000).optional();
const reason = z.string().min(1).max(1000);

export const undoSagaInput = z.strictObject({ reason: optionalReason });
export const cancelSagaInput = z.strictObject({ undo: z.boolean().default(false), reason: optionalReason });
export const pauseSagaInput = z.strictObject({
  timers: z.enum(['keep-due', 'keep-remaining']).default('keep-due'),
  reason: optionalReason,
});
export const resumeSagaInput = z.strictObject({ reason: optionalReason });
export const retryStepInput = z.strictObject({ reason: optionalReason });
export const skipStepInput = z.strictObject({ reason });
export const completeStepInput = z.strictObject({ reason });
