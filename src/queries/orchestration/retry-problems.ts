import type { StepDefinition } from '../../domain/orchestration/events.ts';
import { backoffMs } from '../../domain/saga/back-off.ts';
import type { PreflightProblem } from './preflight-view.ts';

/**
 * Pauses between retries that add up to more than the step's own deadlines: whoever set a short deadline hardly
 * meant to wait that long. A run has no deadline of its own, so there is nothing else to judge by.
 */
export const retryProblems = (step: StepDefinition): readonly PreflightProblem[] => {
  const budgetMs = longestBackoffMs(step);
  const { name, timeoutMs, scheduleTimeoutMs } = step;
  const problem = (code: PreflightProblem['code'], what: string, limitMs: number): PreflightProblem => ({
    code,
    isBlocking: false,
    step: name,
    detail: `Pauses between retries of ${name} add up to ${budgetMs} ms, more than its ${what} of ${limitMs} ms.`,
  });
  return [
    ...(budgetMs > timeoutMs ? [problem('retries_outlast_timeout', 'timeoutMs', timeoutMs)] : []),
    ...(scheduleTimeoutMs !== null && budgetMs > scheduleTimeoutMs
      ? [problem('retries_outlast_schedule_timeout', 'scheduleTimeoutMs', scheduleTimeoutMs)]
      : []),
  ];
};

const longestBackoffMs = (step: StepDefinition): number =>
  Array.from({ length: step.retry.maxRetries }, (_, retries) => backoffMs(step, retries, 0)).reduce(
    (sum, ms) => sum + ms,
    0,
  );
