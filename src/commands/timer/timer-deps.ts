import type { TimerShiftAggregate } from '../../domain/timershift/aggregate.ts';
import type { ExecutorOf, SagaDeps } from '../deps.ts';

export type TimerShifts = ExecutorOf<TimerShiftAggregate>;

export type TimerDeps = SagaDeps & { readonly timerShifts: TimerShifts };
