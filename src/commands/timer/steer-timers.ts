import type { SagaDeps } from '../deps.ts';
import { sayToRun } from '../saga/steer-saga.ts';
import type { OnTimer, TimerHandlers } from './handlers.ts';

type Steering = Pick<TimerHandlers, 'rescheduleTimer' | 'fireTimer' | 'cancelTimer'>;

/** Moves, fires and cancels single timers, each as an event of its run. */
export const steerTimers = (deps: SagaDeps): Steering => {
  const say = sayToRun(deps);
  return {
    rescheduleTimer: (on, { dueAt, reason }, context) =>
      say(on.flowId, { type: 'RescheduleTimer', until: Date.parse(dueAt), ...timerOf(on), reason }, context),
    fireTimer: (on, { reason }, context) =>
      say(on.flowId, { type: 'FireTimer', ...timerOf(on), reason }, context),
    cancelTimer: (on, { reason }, context) =>
      say(on.flowId, { type: 'CancelTimer', ...timerOf(on), reason }, context),
  };
};

const timerOf = ({ step, action, revision }: OnTimer) => ({ step, action, revision });
