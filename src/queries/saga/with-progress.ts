import type { StepAction } from '../../domain/names.ts';
import type { SagaView } from '../../projections/saga/read-model.ts';

type StepView = SagaView['steps'][number];
type Progress = NonNullable<StepView['do']>['progress'];

/** What the holder of a task last reported, undefined for nothing. */
export type ProgressOf = (task: {
  readonly flowId: string;
  readonly step: string;
  readonly action: StepAction;
  readonly iteration: number;
}) => Progress | undefined;

/** Adds to the tasks in flight what their workers last said of them. */
export const withProgress = (view: SagaView, progressOf: ProgressOf): SagaView => {
  const { flowId } = view;
  const shown = (step: string, action: StepAction, current: StepView['do']): StepView['do'] => {
    if (current?.status !== 'DISPATCHED') return current;
    const { iteration } = current;
    return { ...current, progress: progressOf({ flowId, step, action, iteration }) ?? null };
  };
  const steps = view.steps.map((step) => ({
    ...step,
    do: shown(step.name, 'do', step.do),
    undo: shown(step.name, 'undo', step.undo),
  }));
  return { ...view, steps };
};
