import type { StepAction } from '../../domain/names.ts';
import type { Body, ReadStore } from '../../infra/read-store/port.ts';
import { sagaRow, SAGAS } from '../../projections/sagas/read-model.ts';
import type { RunTimers, SagaRow } from '../../projections/sagas/read-model.ts';
import { equal, listOf } from '../list.ts';
import type { ListPage, PageRequest } from '../list.ts';

export type TimerFilter = {
  readonly orchName?: string | undefined;
  /** Due before this. */
  readonly before?: string | undefined;
};

type Timer = RunTimers['timers'][number];

/** Runs that do something by themselves at a known time, the next one first. A paused run has none. */
export const listTimers =
  (store: ReadStore) =>
  ({ orchName, before }: TimerFilter, page: PageRequest): Promise<ListPage<RunTimers>> => {
    const due = { field: 'due', op: before === undefined ? 'gte' : 'lt', value: before ?? '' } as const;
    return listOf(store, SAGAS, { ...page, where: [...equal('orchName', orchName), due] }, timersOf);
  };

const timersOf = (body: Body): RunTimers => {
  const { flowId, orchName, due, steps, position } = sagaRow.parse(body);
  const timers = steps.flatMap((step) => [...timer(step, 'do'), ...timer(step, 'undo')]);
  const byDue = timers.sort((a, b) => (a.due < b.due ? -1 : 1));
  return { flowId, orchName, due: due ?? '', timers: byDue, position };
};

const timer = (step: SagaRow['steps'][number], action: StepAction): readonly Timer[] => {
  const current = step[action];
  if (current?.waiting?.until == null) return [];
  const { since, until } = current.waiting;
  const kind = current.status === 'RETRYING' ? ('retry' as const) : ('schedule' as const);
  return [{ step: step.name, action, kind, attempt: current.attempt, since, due: until }];
};
