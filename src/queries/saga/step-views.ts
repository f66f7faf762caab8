import type { StepAction } from '../../domain/names.ts';
import type { Definition } from '../../domain/orchestration/events.ts';
import { errorContext, resultContext } from '../../domain/saga/seal-context.ts';
import type { Sealed } from '../../domain/sealed.ts';
import type { Keys } from '../../infra/keys/port.ts';
import type {
  ActionDocument,
  SagaDocument,
  SagaView,
  StepDocument,
} from '../../projections/saga/read-model.ts';

type StepView = SagaView['steps'][number];
type ActionView = NonNullable<StepView['do']>;
type OnAction = { readonly flowId: string; readonly step: string; readonly action: StepAction };

/** Every step of the definition in its order, touched or not, with what was sealed opened. */
export const stepViews = (
  keys: Pick<Keys, 'open'>,
  { flowId, steps }: SagaDocument,
  defined: Definition['steps'],
): Promise<StepView[]> => {
  const touched = new Map(steps.map((step) => [step.name, step]));
  const bySeq = [...defined].sort((a, b) => a.seq - b.seq);
  const known = new Set(defined.map(({ name }) => name));
  return Promise.all([
    ...bySeq.map(({ name, seq }) => stepView(keys, flowId, touched.get(name) ?? untouched(name), seq)),
    ...steps.filter(({ name }) => !known.has(name)).map((step) => stepView(keys, flowId, step, null)),
  ]);
};

const untouched = (name: string): StepDocument => ({ name, do: null, undo: null });

const stepView = async (
  keys: Pick<Keys, 'open'>,
  flowId: string,
  step: StepDocument,
  seq: number | null,
): Promise<StepView> => {
  const on = { flowId, step: step.name };
  // Most steps have nothing but a result to be opened: one after the other makes no promises for the rest.
  const done = step.do && (await actionView(keys, { ...on, action: 'do' }, step.do));
  const undone = step.undo && (await actionView(keys, { ...on, action: 'undo' }, step.undo));
  const sealed = step.do?.result ?? null;
  const result = sealed === null ? null : await resultOf(keys, on, sealed);
  return { name: step.name, seq, do: done, undo: undone, result };
};

const actionView = async (
  keys: Pick<Keys, 'open'>,
  on: OnAction,
  document: ActionDocument,
): Promise<ActionView> => {
  const { status, attempt, iteration, startedAt, endedAt, worker, errorCode, waiting } = document;
  const error = document.error === null ? null : await errorOf(keys, on, document.error);
  return {
    status,
    attempt,
    iteration,
    startedAt,
    endedAt,
    worker,
    errorCode,
    error,
    waiting,
    progress: null,
  };
};

const errorOf = async (keys: Pick<Keys, 'open'>, on: OnAction, sealed: Sealed): Promise<string> => {
  const opened = await keys.open(sealed, errorContext(on.flowId, on.step, on.action));
  return opened === 'erased' ? '[erased]' : Buffer.from(opened).toString('utf8');
};

const resultOf = async (
  keys: Pick<Keys, 'open'>,
  { flowId, step }: Pick<OnAction, 'flowId' | 'step'>,
  sealed: Sealed,
): Promise<string | null> => {
  const opened = await keys.open(sealed, resultContext(flowId, step, 'do'));
  return opened === 'erased' ? null : Buffer.from(opened).toString('base64');
};
