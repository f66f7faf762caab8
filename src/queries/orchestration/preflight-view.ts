import { z } from 'zod';

const problem = z.strictObject({
  code: z.enum([
    'definition_missing',
    'definition_refused',
    'worker_missing',
    'no_live_worker',
    'worker_silent',
    'worker_deaf',
    'worker_unseen',
    'unknown_step',
    'retries_outlast_timeout',
    'retries_outlast_schedule_timeout',
  ]),
  /** A run started now would wait or fail; the others are worth knowing. */
  isBlocking: z.boolean(),
  step: z.string().optional(),
  service: z.string().optional(),
  detail: z.string(),
});
export type PreflightProblem = Readonly<z.infer<typeof problem>>;

/** Whether a run started now would get through every step. */
export const preflightView = z.strictObject({
  orchName: z.string(),
  status: z.enum(['PENDING', 'SUCCESS', 'FAILED']),
  willRun: z.boolean(),
  problems: z.array(problem),
  position: z.string(),
});
export type Preflight = Readonly<z.infer<typeof preflightView>>;
