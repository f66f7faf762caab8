import type { StepDefinition } from '../../domain/orchestration/events.ts';
import type { Outcome } from './inputs.ts';

export type Limits = {
  /** The step as it was defined, and as it would be. */
  readonly before: StepDefinition | undefined;
  readonly after: StepDefinition | undefined;
  /** When the attempt was dispatched, and when its outcome was recorded: milliseconds since the epoch. */
  readonly dispatchedAt: number;
  readonly at: number;
  /** Until when the attempt may lie on offer, as it was decided anew; and the time of the decision. */
  readonly deadline: number;
  readonly now: number;
};

/**
 * The outcome an attempt would have had under other time limits; undefined where what was recorded does not tell:
 * a longer limit had not been reached. Limits that stay as they were change nothing.
 */
export const underLimits = (outcome: Outcome, limits: Limits): Outcome | undefined => {
  const { before, after } = limits;
  if (before === undefined || after === undefined) return outcome;
  if (outcome.type === 'TimeOutStep')
    return isStillOver(outcome.kind, { ...limits, before, after }) ? outcome : undefined;
  return outcome.type === 'AnswerStep' ? inTime(outcome, { ...limits, before, after }) : outcome;
};

const isStillOver = (kind: 'run' | 'schedule', { before, after, deadline, now }: Both): boolean => {
  if (kind === 'run') return after.timeoutMs <= before.timeoutMs;
  const isLonger = (after.scheduleTimeoutMs ?? Infinity) > (before.scheduleTimeoutMs ?? Infinity);
  return !isLonger || deadline <= now;
};

/** The answer, unless it came too late under the changed limits. */
const inTime = (answer: Answer, limits: Both): Outcome => {
  const kind = exceeded(answer, limits);
  if (kind === undefined) return answer;
  const { step, action, attempt } = answer;
  // Nobody had claimed what lay on offer for too long.
  const claim = kind === 'run' ? answer.claim : null;
  return { type: 'TimeOutStep', step, action, attempt, kind, claim };
};

type Answer = Extract<Outcome, { type: 'AnswerStep' }>;
type Both = Omit<Limits, 'before' | 'after'> & {
  readonly before: StepDefinition;
  readonly after: StepDefinition;
};

const exceeded = (
  { claim }: Answer,
  { before, after, dispatchedAt, at }: Both,
): 'run' | 'schedule' | undefined => {
  if (claim === null) return undefined;
  const waits = tightened(before.scheduleTimeoutMs, after.scheduleTimeoutMs);
  if (claim.at - dispatchedAt > waits) return 'schedule';
  return at - claim.at > tightened(before.timeoutMs, after.timeoutMs) ? 'run' : undefined;
};

/** The limit, where it is a shorter one than before. */
const tightened = (before: number | null, after: number | null): number =>
  after !== null && after < (before ?? Infinity) ? after : Infinity;
