import type { StepAction } from '../../domain/names.ts';
import type { SagaRow, Timer } from '../../projections/sagas/read-model.ts';

/** Every timer of a run, while time runs against it. */
export const timersOf = (run: SagaRow): readonly Timer[] =>
  run.due === null
    ? []
    : run.steps.flatMap((step) => [...timerOf(run, step, 'do'), ...timerOf(run, step, 'undo')]);

const timerOf = (
  { flowId, orchName, revision, position }: SagaRow,
  step: SagaRow['steps'][number],
  action: StepAction,
): readonly Timer[] => {
  const current = step[action];
  if (current?.waiting?.until == null) return [];
  const { since, until: dueAt } = current.waiting;
  const kind = current.status === 'RETRYING' ? ('retry' as const) : ('schedule' as const);
  const id = `${flowId}/${step.name}/${action}`;
  const { attempt } = current;
  const on = { id, flowId, orchName, step: step.name, action };
  return [{ ...on, kind, attempt, since, dueAt, revision, position }];
};
