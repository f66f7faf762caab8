import { z } from 'zod';
import { definition } from '../../domain/orchestration/events.ts';

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
    }),
  ),
  missingWorkers: z.array(z.string()),
  /** Steps that workers offer but the definition does not know. */
  unknownSteps: z.array(z.strictObject({ name: z.string(), workers: z.array(z.string()) })),
  createdAt: z.string(),
  updatedAt: z.string(),
  revision: z.int(),
  position: z.string(),
});
export type OrchestrationView = z.infer<typeof orchestrationView>;
