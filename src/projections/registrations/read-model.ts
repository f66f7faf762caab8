import { z } from 'zod';

export const REGISTRATIONS = 'registrations';

/** One attempt to register, whatever came of it. */
export const registration = z.strictObject({
  /** The command's id. */
  id: z.string(),
  orchName: z.string(),
  /** As the caller wrote it where it was refused; else `initiator` or `worker`. */
  role: z.string(),
  service: z.string(),
  outcome: z.enum(['registered', 'unchanged', 'refused']),
  code: z.string().nullable(),
  detail: z.string().nullable(),
  /** JSON Pointer into the request, where the refusal names a field. */
  pointer: z.string().nullable(),
  registered: z.array(z.string()),
  failed: z.array(z.strictObject({ name: z.string(), code: z.string() })),
  /** The version of the definition it made; null where it made none. */
  version: z.int().nullable(),
  by: z.string(),
  correlationId: z.string(),
  at: z.string(),
  position: z.string(),
});
export type Registration = z.infer<typeof registration>;
