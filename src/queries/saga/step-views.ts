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
  const viewOf = (action: StepAction) => actionView(keys, { flowId, step: step.name, action }, step[action]);
  const [done, undone, result] = await Promise.all([
    viewOf('do'),
    viewOf('undo'),
    resultOf(keys, flowId, step),
  ]);
  return { name: step.name, seq, do: done, undo: undone, result };
};

const actionView = async (
  keys: Pick<Keys, 'open'>,
  on: OnAction,
  document: ActionDocument | null,
): Promise<ActionView | null> => {
  if (document === null) return null;
  const { status, attempt, iteration, startedAt, endedAt, worker, errorCode, waiting } = document;
  const error = await errorOf(keys, on, document.error);
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

const errorOf = async (
  keys: Pick<Keys, 'open'>,
  on: OnAction,
  sealed: Sealed | null,
): Promise<string | null> => {
  if (sealed === null) return null;
  const opened = await keys.open(sealed, errorContext(on.flowId, on.step, on.action));
  return opened === 'erased' ? '[erased]' : Buffer.from(opened).toString('utf8');
};

const resultOf = async (
  keys: Pick<Keys, 'open'>,
  flowId: string,
  step: StepDocument,
): Promise<string | null> => {
  const sealed = step.do?.result ?? null;
  if (sealed === null) return null;
  const opened = await keys.open(sealed, resultContext(flowId, step.name, 'do'));
  return opened === 'erased' ? null : Buffer.from(opened).toString('base64');
};
