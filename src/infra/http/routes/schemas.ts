import { z } from 'zod';
import { flowId } from '../../../commands/saga/inputs.ts';
import { storedEvent } from '../../../domain/stored-event.ts';
import { name } from '../../../domain/names.ts';
import { sagaView } from '../../../projections/saga/read-model.ts';

export const position = z
  .string()
  .meta({ description: 'Opaque cursor: the log position this answer reflects.' });
const base64 = z.string().meta({ contentEncoding: 'base64' });

export const onRun = z.strictObject({ flowId });
export const onStep = z.strictObject({ flowId, step: name });
export const onOrchestration = z.strictObject({ orchName: name });
export const byName = z.strictObject({ name });

export const minPosition = { minPosition: z.string().min(1).max(200).optional() };
export const readQuery = z.strictObject(minPosition);

const success = { status: z.literal('SUCCESS'), message: z.string(), position };
export const commandAnswer = z.strictObject(success);
export const registerAnswer = z.strictObject({
  ...success,
  registeredSteps: z.array(z.string()).readonly(),
  failedSteps: z.array(z.strictObject({ name: z.string(), code: z.string(), detail: z.string() })).readonly(),
});
export const executeAnswer = z.strictObject({
  ...success,
  flowId: z.string(),
  saga: sagaView.optional(),
  result: sagaView.shape.result.optional(),
});
export { sagaView };

export const workerTask = z.strictObject({
  flowId: z.string(),
  orchName: z.string(),
  stepName: z.string(),
  action: z.enum(['DO', 'UNDO']),
  attempt: z.int(),
  effectId: z.string(),
  payload: base64,
  results: z.record(z.string(), base64).readonly(),
  deadline: z.string(),
  leaseUntil: z.string(),
  traceparent: z.string().optional().meta({
    description: 'W3C Trace Context: the span of this attempt. Only where the server exports traces.',
  }),
});
export const pollAnswer = z.strictObject({ tasks: z.array(workerTask).readonly() });

const onTask = { flowId: z.string(), stepName: z.string() };
export const answerOutcome = z.strictObject({
  ...onTask,
  outcome: z.enum(['accepted', 'duplicate', 'late', 'unknown_run', 'unknown_step', 'unavailable']),
  position: position.optional(),
});
export const answersAnswer = z.strictObject({ results: z.array(answerOutcome) });
export const heartbeatOutcome = z.strictObject({
  ...onTask,
  outcome: z.enum(['extended', 'lost', 'unavailable']),
  leaseUntil: z.string().optional(),
});
export const heartbeatsAnswer = z.strictObject({ results: z.array(heartbeatOutcome).readonly() });

const outwardEvent = storedEvent.extend({ position });
export const streamAnswer = z.strictObject({
  items: z.array(outwardEvent),
  nextCursor: z.string().optional(),
  head: z.int(),
  position,
});

export const eventsAnswer = z.strictObject({
  items: z.array(outwardEvent),
  nextCursor: z.string().optional(),
  position,
});

export const problemDetails = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  detail: z.string(),
  requestId: z.string(),
  /** With `behind`: which read model, and how far it is. */
  readModel: z.string().optional(),
  position: position.optional(),
  errors: z
    .array(
      z.strictObject({
        in: z.enum(['body', 'query', 'path', 'header']),
        pointer: z.string(),
        code: z.string(),
        detail: z.string(),
      }),
    )
    .optional(),
});
