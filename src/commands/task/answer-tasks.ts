import { sagaStream } from '../../domain/saga/aggregate.ts';
import type { Answer } from '../../domain/saga/commands.ts';
import { errorContext, resultContext } from '../../domain/saga/seal-context.ts';
import { actionOf } from '../../domain/saga/state.ts';
import type { WorkerFact } from '../../domain/saga/facts.ts';
import type { SagaRun, SagaState } from '../../domain/saga/state.ts';
import type { Sealed } from '../../domain/sealed.ts';
import type { Position } from '../../infra/event-store/port.ts';
import type { Claim } from '../../infra/task-queue/port.ts';
import type { CallContext } from '../context.ts';
import type { SagaDeps } from '../deps.ts';
import { commandIdOf, effectIdOf } from '../deterministic-ids.ts';
import type { Executed } from '../executed.ts';
import type { Folded } from '../folded.ts';
import { factsOf } from '../saga/facts.ts';
import { runMetadata } from '../saga/run-metadata.ts';
import { whenThere } from '../when-there.ts';
import type { Soon } from '../../infra/clock/port.ts';
import { eachOnItsOwn } from './each-on-its-own.ts';
import { byWorker } from './engine-claim.ts';
import type { TaskAnswerInput } from './inputs.ts';

export type AnswerOutcome = {
  readonly flowId: string;
  readonly stepName: string;
  /** Only `accepted` changed the run; `unavailable` is worth sending again. */
  readonly outcome: 'accepted' | 'duplicate' | 'late' | 'unknown_run' | 'unknown_step' | 'unavailable';
  readonly position?: Position;
};

type Outcome = Pick<AnswerOutcome, 'outcome' | 'position'>;

/**
 * Records workers' answers, each on its own: one that cannot be taken keeps no other back. All runs are loaded before any
 * is written to: of one that is being written to, what is in memory would have to be read again for its other answers.
 */
export const answerTasks =
  (deps: SagaDeps) =>
  (answers: readonly TaskAnswerInput[], context: CallContext): Promise<readonly AnswerOutcome[]> => {
    const loading = answers.map((input) => {
      const stream = sagaStream(input.flowId);
      return { input, stream, loaded: deps.sagas.load(stream) };
    });
    const taken = loading.map((one) => answerTask(deps, one, context));
    return Promise.all(taken).catch(() =>
      eachOnItsOwn(answers, taken, ({ flowId, stepName }) => ({ flowId, stepName, outcome: 'unavailable' })),
    );
  };

type Loading = {
  readonly input: TaskAnswerInput;
  readonly stream: string;
  readonly loaded: Soon<Folded<SagaState>>;
};

const answerTask = async (
  deps: SagaDeps,
  { input, stream, loaded }: Loading,
  context: CallContext,
): Promise<AnswerOutcome> => {
  const { flowId, stepName } = input;
  const outcome = await whenThere(loaded, (folded) => answerRun(deps, input, context, { stream, folded }));
  return { flowId, stepName, ...outcome };
};

type Loaded = { readonly stream: string; readonly folded: Folded<SagaState> };

/** Goes up to the append at once where all it needs is in memory. */
const answerRun = (
  deps: SagaDeps,
  input: TaskAnswerInput,
  context: CallContext,
  { stream, folded }: Loaded,
): Soon<Outcome> => {
  const { state: run } = folded;
  if (run.kind === 'absent' || (input.orchName ?? run.orchName) !== run.orchName)
    return { outcome: 'unknown_run' };
  const { actor, commandId, service, askedAt } = context;
  const step = input.stepName;
  const action = input.action === 'DO' ? 'do' : 'undo';
  const current = actionOf(run, step, action);
  if (current === null) return { outcome: service === undefined ? 'unknown_step' : 'unknown_run' };
  const attempt = input.attempt ?? current.attempt;
  const taskId = effectIdOf(input.flowId, step, current.iteration, action);
  return whenThere(deps.queue.claimOf(taskId, attempt), (known) =>
    whenThere(factsOf(deps, run.orchName, run.definition), (facts) => {
      const held = byWorker(known);
      // As for a run that does not exist: whose task it is, is nobody else's business.
      if (service !== undefined && !isItsTask(service, held, facts.workers.get(step)))
        return { outcome: 'unknown_run' };
      const claim = held === undefined ? null : { by: held.by, at: held.at };
      const metadata = runMetadata(folded, { id: answerIdOf(input, commandId, taskId, attempt), actor });
      return whenThere(sealedAnswer(deps, run, input), (answer) => {
        const command = { type: 'AnswerStep', step, action, attempt, answer, claim, facts } as const;
        return whenThere(deps.sagas.execute(stream, command, metadata, askedAt), outcomeOf);
      });
    }),
  );
};

/** A service answers what it holds, and what nobody holds any more where it does that step. */
const isItsTask = (
  service: string,
  held: Claim | undefined,
  workers: readonly WorkerFact[] | undefined,
): boolean =>
  held === undefined ? workers?.some((worker) => worker.service === service) === true : held.by === service;

/** Without an attempt, what comes again must not count for an attempt that began in between. */
const answerIdOf = (
  input: TaskAnswerInput,
  commandId: string | undefined,
  taskId: string,
  attempt: number,
): string =>
  input.attempt === undefined && commandId !== undefined
    ? commandId
    : commandIdOf('answer', taskId, String(attempt));

const outcomeOf = (outcome: Executed<unknown, unknown, string>): Outcome => {
  if (outcome.kind === 'unavailable') return { outcome: 'unavailable' };
  if (outcome.kind === 'rejected')
    return { outcome: outcome.code === 'unknown_step' ? 'unknown_step' : 'late' };
  const isNew = !outcome.replayed && outcome.events.length > 0;
  return { outcome: isNew ? 'accepted' : 'duplicate', position: outcome.position };
};

const sealedAnswer = (deps: SagaDeps, run: SagaRun, input: TaskAnswerInput): Soon<Answer> => {
  const { flowId, stepName, metadata } = input;
  const action = input.action === 'DO' ? 'do' : 'undo';
  if (metadata.status === 'SUCCESS') {
    const payload = Buffer.from(input.payload ?? '', 'base64');
    const context = resultContext(flowId, stepName, action);
    return whenThere(sealedIn(deps, run, context, payload), (result) => ({ kind: 'success', result }));
  }
  const { retryable = true, code = null } = metadata;
  const text = Buffer.from(metadata.error ?? '');
  const sealing = sealedIn(deps, run, errorContext(flowId, stepName, action), text);
  return whenThere(sealing, (error) => ({ kind: 'failure', retryable, code, error }));
};

/** Nothing is sealed for nothing. */
const sealedIn = (
  { keys }: SagaDeps,
  { keyId }: SagaRun,
  context: string,
  bytes: Uint8Array,
): Soon<Sealed | null> => (bytes.length === 0 ? null : keys.seal(keyId, context, bytes));
