import type { Actor } from '../../domain/event.ts';
import { canonical } from '../../domain/canonical.ts';
import { reject } from '../../domain/decider.ts';
import { sagaStream } from '../../domain/saga/aggregate.ts';
import type { RunCommand, SagaRejection } from '../../domain/saga/commands.ts';
import type { CallContext } from '../context.ts';
import type { SagaDeps } from '../deps.ts';
import { commandIdOf } from '../deterministic-ids.ts';
import { resultOf } from '../executed.ts';
import type { Result } from '../result.ts';
import { factsOf } from './facts.ts';
import { runMetadata } from './run-metadata.ts';

type Steering = Exclude<
  RunCommand,
  { type: 'AdvanceSaga' | 'AnswerStep' | 'TimeOutStep' | 'LapseStep' | 'TakeBackStep' }
>;
type Code = SagaRejection | 'idempotency_key_reused' | 'too_large';
type Reason = { readonly reason?: string | undefined };
type Steered = Promise<Result<null, Code>>;

const reasonOf = ({ reason }: Reason) => ({ reason: reason ?? null });

/** What a person or a service can tell a run: undo, cancel, pause, resume, and the three ways out of a blocked undo. */
export const steerSaga = (deps: SagaDeps) => {
  const say = sayToRun(deps);
  return {
    undoSaga: (flowId: string, input: Reason, context: CallContext): Steered =>
      say(flowId, { type: 'UndoSaga', ...reasonOf(input) }, context),
    cancelSaga: (flowId: string, input: Reason & { readonly undo: boolean }, context: CallContext): Steered =>
      say(flowId, { type: 'CancelSaga', undo: input.undo, ...reasonOf(input) }, context),
    pauseSaga: (
      flowId: string,
      input: Reason & { readonly timers: 'keep-due' | 'keep-remaining' },
      context: CallContext,
    ): Steered => say(flowId, { type: 'PauseSaga', timers: input.timers, ...reasonOf(input) }, context),
    resumeSaga: (flowId: string, input: Reason, context: CallContext): Steered =>
      say(flowId, { type: 'ResumeSaga', ...reasonOf(input) }, context),
    retryStep: (flowId: string, step: string, input: Reason, context: CallContext): Steered =>
      say(flowId, { type: 'RetryStep', step, ...reasonOf(input) }, context),
    skipStep: (
      flowId: string,
      step: string,
      input: { readonly reason: string },
      context: CallContext,
    ): Steered => say(flowId, { type: 'SkipStep', step, reason: input.reason }, context),
    completeStep: (
      flowId: string,
      step: string,
      input: { readonly reason: string },
      context: CallContext,
    ): Steered => say(flowId, { type: 'CompleteStep', step, reason: input.reason }, context),
  };
};

const TRIES = 3;

/** Tells a run one thing. It may get its definition between reading and deciding: then it is read once more. */
export const sayToRun =
  (deps: SagaDeps) =>
  async (flowId: string, command: Steering, context: CallContext): Steered => {
    const { actor } = context;
    // What is read first counts too.
    const askedAt = deps.clock.now();
    const identity = { ...(await identityOf(deps, flowId, command, context)), actor, askedAt };
    let steered = await sayOnce(deps, flowId, command, identity);
    for (let tries = 1; tries < TRIES && isOutdated(steered); tries += 1)
      steered = await sayOnce(deps, flowId, command, identity);
    return steered;
  };

const isOutdated = (result: Awaited<Steered>): boolean =>
  result.kind === 'rejected' && result.code === 'definition_mismatch';

type Identity = { readonly id: string; readonly bodyHash?: string | undefined };

const sayOnce = async (
  deps: SagaDeps,
  flowId: string,
  command: Steering,
  { askedAt, ...identity }: Identity & { readonly actor: Actor; readonly askedAt: number },
): Steered => {
  const stream = sagaStream(flowId);
  const folded = await deps.sagas.load(stream);
  const { state: run } = folded;
  if (run.kind === 'absent') return reject('unknown_run', `Run not found: ${flowId}`);
  const facts = await factsOf(deps, run.orchName, run.definition);
  const metadata = runMetadata(folded, identity);
  const outcome = await deps.sagas.execute(stream, { ...command, facts }, metadata, askedAt);
  return resultOf(outcome, () => null);
};

const identityOf = async (
  { sagas, keys, ids }: SagaDeps,
  flowId: string,
  command: Steering,
  { actor, idempotencyKey }: CallContext,
): Promise<Identity> => {
  const { state: run } = await sagas.load(sagaStream(flowId));
  if (idempotencyKey === undefined || run.kind === 'absent') return { id: ids.next() };
  const step = 'step' in command ? command.step : '';
  const id = commandIdOf(actor.id, command.type, flowId, step, idempotencyKey);
  const bodyHash = await keys.fingerprint(run.keyId, Buffer.from(canonical(command)));
  return { id, bodyHash };
};
