import { sagaStream } from '../../domain/saga/aggregate.ts';
import { inputContext, resultContext } from '../../domain/saga/seal-context.ts';
import type { Definition } from '../../domain/orchestration/events.ts';
import { actionOf } from '../../domain/saga/state.ts';
import type { SagaRun, SagaState } from '../../domain/saga/state.ts';
import type { Sealed } from '../../domain/sealed.ts';
import type { Claim, ClaimedTask, Task } from '../../infra/task-queue/port.ts';
import type { AttemptTracer } from '../../infra/tracing/port.ts';
import type { SagaDeps } from '../deps.ts';
import { knownFacts } from '../saga/facts.ts';
import { oneByOne } from '../one-by-one.ts';
import { whenThere } from '../when-there.ts';
import type { Soon } from '../../infra/clock/port.ts';

/** A task as a worker gets it. `payload` and `results` are base64. */
export type WorkerTask = {
  readonly flowId: string;
  readonly orchName: string;
  readonly stepName: string;
  readonly action: 'DO' | 'UNDO';
  readonly attempt: number;
  readonly effectId: string;
  readonly payload: string;
  readonly results: Readonly<Record<string, string>>;
  /** RFC 3339: the answer must come before this; heartbeats extend the lease, not this. */
  readonly deadline: string;
  readonly leaseUntil: string;
  /** The span of the attempt, as W3C's header names it; only where anybody is told of spans. */
  readonly traceparent?: string;
};

type Deps = Pick<SagaDeps, 'sagas' | 'orchestrations' | 'keys'> & {
  readonly traceparentOf?: AttemptTracer | undefined;
};

/** A task as it is claimed, with all that its worker needs still sealed. */
export type FoundTask = {
  readonly task: Task;
  readonly claim: Claim;
  readonly run: SagaRun;
  readonly definition: Definition;
  readonly correlationId: string;
};

/** What the worker needs, found and opened; undefined when it is not to be given the task. */
export const workerTask = (deps: Deps, held: ClaimedTask): Soon<WorkerTask | undefined> =>
  whenThere(findTask(deps, held), (found) => (found === undefined ? undefined : openTask(deps, found)));

/** Undefined when the attempt is no longer the current one, and while its run is paused. */
export const findTask = (deps: Deps, { task, claim }: ClaimedTask): Soon<FoundTask | undefined> =>
  whenThere(deps.sagas.load(sagaStream(task.flowId)), ({ state: run, origin }) => {
    if (run.kind === 'absent' || standingOf(run, task) !== 'current') return undefined;
    const correlationId = origin?.correlationId ?? task.flowId;
    return whenThere(knownFacts(deps, run.orchName, run.definition), ({ definition }) =>
      definition === null ? undefined : { task, claim, run, definition: definition.content, correlationId },
    );
  });

/** How long the task gets for its worker at most, in characters: a previous step's answer stands in it twice. */
export const lengthOf = (found: FoundTask): number => {
  const { run } = found;
  const answers = resultNames(found).map((name) => actionOf(run, name, 'do')?.result?.sealed?.length ?? 0);
  return answers.reduce((sum, length) => sum + 2 * length, run.input?.length ?? 0);
};

/**
 * Puts together what the worker needs: the payload (the run's input; in a sequential run the previous step's
 * answer) and the results of the steps it depends on, an undo its own result.
 */
export const openTask = (deps: Deps, found: FoundTask): Soon<WorkerTask> => {
  const { task, claim } = found;
  return whenThere(resultsOf(deps, found), (results) =>
    whenThere(payloadOf(deps, found, results), (payload) => ({
      flowId: task.flowId,
      orchName: task.orchName,
      stepName: task.step,
      action: task.action === 'do' ? 'DO' : 'UNDO',
      attempt: task.attempt,
      effectId: task.taskId,
      payload,
      results,
      deadline: deadlineText(claim.deadline),
      leaseUntil: leaseText(claim.leaseUntil),
      ...namedSpan(deps, found),
    })),
  );
};

const NO_SPAN = {};

const namedSpan = (
  { traceparentOf }: Deps,
  { task, correlationId }: FoundTask,
): Pick<WorkerTask, 'traceparent'> =>
  traceparentOf === undefined ? NO_SPAN : { traceparent: traceparentOf(correlationId, task) };

/** Tasks that are claimed together have the same times, and writing one down is dear. */
const timeTexts = (): ((ms: number) => string) => {
  let last = { ms: Number.NaN, text: '' };
  return (ms) => {
    if (last.ms !== ms) last = { ms, text: new Date(ms).toISOString() };
    return last.text;
  };
};
const deadlineText = timeTexts();
const leaseText = timeTexts();

/** Whether a task may be handed out; `paused`: not before its run is resumed. */
export const standingOf = (
  run: SagaState,
  { step, action, attempt }: Pick<Task, 'step' | 'action' | 'attempt'>,
): 'current' | 'paused' | 'over' => {
  if (run.kind === 'absent' || run.ended !== null) return 'over';
  const current = actionOf(run, step, action);
  if (current?.status !== 'dispatched' || current.attempt !== attempt) return 'over';
  return run.paused === null ? 'current' : 'paused';
};

const dependenciesOf = (definition: Definition, step: string): readonly string[] =>
  definition.steps.find(({ name }) => name === step)?.dependsOn ?? [];

type Results = WorkerTask['results'];

const resultNames = ({ definition, task }: FoundTask): readonly string[] =>
  task.action === 'do' ? dependenciesOf(definition, task.step) : [task.step];

const resultsOf = (deps: Deps, found: FoundTask): Soon<Results> => {
  const { run, task } = found;
  const results: Record<string, string> = {};
  const open = (name: string): Soon<void> => {
    const result = actionOf(run, name, 'do')?.result;
    if (result === undefined || result === null) return undefined;
    return whenThere(openBase64(deps, result.sealed, resultContext(task.flowId, name, 'do')), (opened) => {
      results[name] = opened;
    });
  };
  return whenThere(oneByOne(resultNames(found), open), () => results);
};

const payloadOf = (deps: Deps, { run, definition, task }: FoundTask, results: Results): Soon<string> => {
  if (task.action === 'undo') return '';
  const [previous] = dependenciesOf(definition, task.step);
  if (definition.type === 'sequential' && previous !== undefined) return results[previous] ?? '';
  return openBase64(deps, run.input, inputContext(task.flowId));
};

const openBase64 = ({ keys }: Deps, sealed: Sealed | null, context: string): Soon<string> =>
  sealed === null ? '' : whenThere(keys.open(sealed, context), base64Of);

const base64Of = (opened: Uint8Array | 'erased'): string =>
  opened === 'erased'
    ? ''
    : Buffer.from(opened.buffer, opened.byteOffset, opened.byteLength).toString('base64');
