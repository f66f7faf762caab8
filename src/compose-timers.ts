import { createExecutor } from './commands/execute.ts';
import type { TimerHandlers } from './commands/timer/handlers.ts';
import { getTimerShift, shiftTimers } from './commands/timer/request-shift.ts';
import { runTimerShifts } from './commands/timer/shifter.ts';
import { steerTimers } from './commands/timer/steer-timers.ts';
import type { ShifterDeps } from './commands/timer/shifter.ts';
import type { TimerDeps, TimerShifts } from './commands/timer/timer-deps.ts';
import type { Duty, DutyDeps } from './compose-duties.ts';
import type { Ports } from './compose-stores.ts';
import { timerShiftAggregate } from './domain/timershift/aggregate.ts';

const MIB = 1024 * 1024;

/** What writes shifts of timers: seldom, and few at a time. */
export const timerShiftsOf = (ports: Ports): TimerShifts =>
  createExecutor({ ...ports, cacheBytes: 8 * MIB }, timerShiftAggregate);

export const timerHandlersOf = (deps: TimerDeps): TimerHandlers => ({
  ...steerTimers(deps),
  shiftTimers: shiftTimers(deps),
  getTimerShift: getTimerShift(deps),
});

/** Moving the timers that a shift asks for: one process at a time. */
export const timerDuties = (
  deps: Omit<ShifterDeps, 'onUnreadable'>,
  { logger }: Pick<DutyDeps, 'logger'>,
): readonly Duty[] => [
  {
    name: 'timer-shift',
    role: 'reactor',
    isSingle: true,
    run: (signal) => {
      const onUnreadable = (shiftId: string, err: unknown): void => {
        logger.error(
          { err, shiftId },
          'a shift of timers cannot be read; it is left alone, the others go on',
        );
      };
      return runTimerShifts({ ...deps, onUnreadable }, signal);
    },
  },
];
