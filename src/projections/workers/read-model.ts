import { z } from 'zod';
import { liveness } from '../../domain/liveness.ts';
import { transport } from '../../domain/names.ts';

export const WORKERS = 'workers';

/** One service and the steps it serves. */
export const worker = z.strictObject({
  service: z.string(),
  orchestrations: z.array(
    z.strictObject({
      orchName: z.string(),
      steps: z.array(
        z.strictObject({
          name: z.string(),
          objectType: z.string().nullable(),
          transport,
          /** Since when the service serves the step without a break. */
          since: z.string(),
        }),
      ),
      registeredAt: z.string(),
    }),
  ),
  orchNames: z.array(z.string()),
  /** `<orchestration>/<step>` each. */
  serves: z.array(z.string()),
  registeredAt: z.string(),
  updatedAt: z.string(),
  position: z.string(),
});
export type Worker = z.infer<typeof worker>;

/** The same with what was heard of the service, which is not in the log. */
export const workerView = worker.omit({ serves: true, orchNames: true }).extend({ liveness });
export type WorkerView = z.infer<typeof workerView>;
