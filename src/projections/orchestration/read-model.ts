import { z } from 'zod';
import { definition } from '../../domain/orchestration/events.ts';

export const ORCHESTRATIONS = 'orchestrations';

/** One orchestration as queries see it. */
export const orchestrationView = z.strictObject({
  orchName: z.string(),
  /** PENDING: a step lacks a worker. FAILED: there is no usable definition. SUCCESS: runs can flow. */
  status: z.enum(['PENDING', 'SUCCESS', 'FAILED']),
  failureReason: z.string().nullable(),
  /** Null until an initiator has registered. */
  version: z.int().nullable(),
  definitionHash: z.string().nullable(),
  initiator: z.string().nullable(),
  type: definition.shape.type.nullable(),
  onUndoFailure: definition.shape.onUndoFailure.nullable(),
  steps: z.array(
    definition.shape.steps.element.extend({
      workers: z.array(z.string()),
      status: z.enum(['SUCCESS', 'PENDING']),
      /** Since when nobody serves it; null while somebody does. */
      missingSince: z.string().nullable(),
      /** When a worker last came for it after it had been missing. */
      healedAt: z.string().nullable(),
      /** Who served it before nobody did: who could supply it again. */
      servedBefore: z.array(z.string()),
    }),
  ),
  missingWorkers: z.array(z.string()),
  /** Since when a step has been missing; null while none is. */
  missingSince: z.string().nullable(),
  /** When the status last turned to SUCCESS from something else. */
  healedAt: z.string().nullable(),
  /** Everybody who serves a step, known to the definition or not. */
  services: z.array(z.string()),
  /** Steps that workers offer but the definition does not know. */
  unknownSteps: z.array(z.strictObject({ name: z.string(), workers: z.array(z.string()) })),
  createdAt: z.string(),
  updatedAt: z.string(),
  revision: z.int(),
  position: z.string(),
});
export type OrchestrationView = z.infer<typeof orchestrationView>;
