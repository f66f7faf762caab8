import type { WorkerTask } from '../generated/shapes.ts';
import { base64Of, bytesOf, encoded, valueOf } from '../payload.ts';
import type { Answer } from './answer.ts';
import { failureOf, NonRetryable } from './failure.ts';
import { checked } from './standard-schema.ts';
import type { Step, StepContext } from './step.ts';

const MAX_PAYLOAD = 256 * 1024;

type Given = Pick<StepContext, 'signal' | 'progress'>;
type Outcome = Pick<Answer, 'metadata' | 'payload'>;

/** Does what the task says, and tells how it went; never rejects. */
export const perform = async (step: Step | undefined, task: WorkerTask, given: Given): Promise<Outcome> => {
  try {
    const result = bytesToSend(await worked(step, task, given));
    if (result.length > MAX_PAYLOAD)
      throw new NonRetryable(`the answer has ${result.length} bytes, ${MAX_PAYLOAD} are allowed`, {
        code: 'payload_too_large',
      });
    return { metadata: { status: 'SUCCESS' }, ...(result.length === 0 ? {} : { payload: base64Of(result) }) };
  } catch (error) {
    return { metadata: failureOf(error) };
  }
};

const bytesToSend = (result: unknown): Uint8Array => {
  try {
    return encoded(result);
  } catch (cause) {
    // The handler has done its work, and would do it again for nothing.
    const message = `the answer cannot be sent as JSON: ${failureOf(cause).error}`;
    throw new NonRetryable(message, { code: 'payload_not_json', cause });
  }
};

const worked = async (step: Step | undefined, task: WorkerTask, given: Given): Promise<unknown> => {
  if (step === undefined)
    throw new NonRetryable(`this worker does not know ${task.stepName}`, { code: 'unknown_step' });
  const context = contextOf(task, given);
  if (task.action === 'DO') return step.do(await inputOf(step, task), context);
  if (step.undo === undefined)
    throw new NonRetryable(`this worker cannot undo ${task.stepName}`, { code: 'no_undo' });
  // Nobody waits for what an undo returns.
  await step.undo(context.results[task.stepName], context);
  return undefined;
};

const inputOf = async ({ input }: Step, { payload }: WorkerTask): Promise<unknown> => {
  const value = valueOf(payload);
  if (input === undefined) return value;
  const check = await checked(input, value);
  if (check.kind === 'ok') return check.value;
  throw new NonRetryable(`the input does not fit: ${check.detail}`, { code: 'invalid_input' });
};

const contextOf = (task: WorkerTask, given: Given): StepContext => {
  const { flowId, orchName, stepName, attempt, effectId, deadline, traceparent } = task;
  const results = Object.entries(task.results).map(([name, base64]) => [name, valueOf(base64)] as const);
  return {
    ...{ flowId, orchName, stepName, attempt, effectId, deadline, traceparent, ...given },
    action: task.action === 'DO' ? 'do' : 'undo',
    results: Object.fromEntries(results),
    payload: bytesOf(task.payload),
  };
};
