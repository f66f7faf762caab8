import { z } from 'zod';
import { name, serviceName } from '../../domain/names.ts';
import { flowId } from '../saga/inputs.ts';

/** 256 KiB of payload in base64, rounded up to whole groups. */
const MAX_PAYLOAD_BASE64 = 349_528;
const MAX_PROGRESS = 4096;
const payload = z.base64().max(MAX_PAYLOAD_BASE64);
const action = z.enum(['DO', 'UNDO']);

export const pollTasksInput = z.strictObject({
  service: serviceName,
  steps: z.array(name).min(1).max(200).optional(),
  max: z.int().min(1).max(100).default(1),
  waitMs: z.int().min(0).max(30_000).default(0),
});
export type PollTasksInput = z.infer<typeof pollTasksInput>;

const onAttempt = {
  flowId,
  orchName: name.optional(),
  stepName: name,
  action,
  attempt: z.int().positive().optional(),
};

export const taskAnswerInput = z.strictObject({
  ...onAttempt,
  metadata: z.strictObject({
    status: z.enum(['SUCCESS', 'FAILED']),
    error: z.string().max(8192).optional(),
    /** Matched against the step's `retry.nonRetryable`. */
    code: z.string().min(1).max(80).optional(),
    retryable: z.boolean().optional(),
  }),
  payload: payload.optional(),
});
export type TaskAnswerInput = z.infer<typeof taskAnswerInput>;
export const taskAnswersInput = z.union([taskAnswerInput, z.array(taskAnswerInput).min(1).max(500)]);

export const taskHeartbeatInput = z.strictObject({
  ...onAttempt,
  attempt: z.int().positive(),
  /** Free-form progress, shown with the run while the task is held. */
  progress: z
    .json()
    .refine(
      (progress) => JSON.stringify(progress).length <= MAX_PROGRESS,
      'must be at most 4096 characters of JSON',
    )
    .optional(),
});
export type TaskHeartbeatInput = z.infer<typeof taskHeartbeatInput>;
export const taskHeartbeatsInput = z.union([taskHeartbeatInput, z.array(taskHeartbeatInput).min(1).max(500)]);
