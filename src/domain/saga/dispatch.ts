import type { StepAction } from '../names.ts';
import type { StepDefinition } from '../orchestration/events.ts';
import type { OnAttempt } from './commands.ts';
import type { SagaEvent } from './events.ts';
import { transportOf } from './facts.ts';
import type { Facts } from './facts.ts';
import { actionOf } from './state.ts';
import type { SagaRun } from './state.ts';

/** The next attempt of an action goes to whoever works on the step; without anybody it waits, or fails. */
export const dispatch = (run: SagaRun, step: StepDefinition, action: StepAction, facts: Facts): SagaEvent => {
  const current = actionOf(run, step.name, action);
  const attempt = (current?.attempt ?? 0) + 1;
  const transport = transportOf(facts, step.name);
  if (transport === undefined)
    return missingWorker(run, { step: step.name, action, attempt }, step, facts.now);
  const since = facts.now;
  const data = {
    step: step.name,
    action,
    attempt,
    iteration: current?.iteration ?? 0,
    transport,
    inputs: inputsOf(run, step, action),
    reason: 'with-worker',
    since,
    until: step.scheduleTimeoutMs === null ? null : since + step.scheduleTimeoutMs,
    next: 'answer',
  } as const;
  return { type: 'StepDispatched', data };
};

const missingWorker = (
  { orchName }: SagaRun,
  { attempt, ...on }: OnAttempt,
  step: StepDefinition,
  now: number,
): SagaEvent => {
  // An undo always waits: giving up would leave the effect standing.
  if (step.onMissingWorker === 'fail' && on.action === 'do') {
    const why = {
      cause: 'no-worker',
      retryable: false,
      code: 'no_worker',
      error: null,
      claim: null,
    } as const;
    return { type: 'StepFailed', data: { ...on, attempt, ...why } };
  }
  const data = { reason: 'worker-missing', since: now, until: null, next: 'registration' } as const;
  return { type: 'StepWaiting', data: { orchName, ...on, ...data } };
};

/** Earlier results the attempt gets: a do those it depends on, an undo the result of its own do. */
const inputsOf = (run: SagaRun, step: StepDefinition, action: StepAction) => {
  const inputs: { readonly step: string; readonly revision: number }[] = [];
  for (const name of action === 'do' ? step.dependsOn : [step.name]) {
    const result = actionOf(run, name, 'do')?.result ?? null;
    if (result !== null) inputs.push({ step: name, revision: result.revision });
  }
  return inputs;
};
