import { canonical } from '../../domain/canonical.ts';
import { reject } from '../../domain/decider.ts';
import { sagaStream } from '../../domain/saga/aggregate.ts';
import type { RunCommand, SagaRejection } from '../../domain/saga/commands.ts';
import type { SagaRun } from '../../domain/saga/state.ts';
import type { CallContext } from '../context.ts';
import type { SagaDeps } from '../deps.ts';
import { commandIdOf } from '../deterministic-ids.ts';
import type { Result } from '../result.ts';
import { factsOf } from './facts.ts';
import { runMetadata } from './run-metadata.ts';

type Steering = Exclude<RunCommand, { type: 'AdvanceSaga' | 'AnswerStep' | 'TimeOutStep' | 'LapseStep' }>;
type Code = SagaRejection | 'idempotency_key_reused' | 'too_large';
type Reason = { readonly reason?: string | undefined };
type Steered = Promise<Result<null, Code>>;

const reasonOf = ({ reason }: Reason) => ({ reason: reason ?? null });

/** What a person or a service can tell a run: undo, cancel, pause, resume, and the three ways out of a blocked undo. */
export const steerSaga = (deps: SagaDeps) => {
  const say = steer(deps);
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

const steer =
  (deps: SagaDeps) =>
  async (flowId: string, command: Steering, context: CallContext): Steered => {
    const stream = sagaStream(flowId);
    const folded = await deps.sagas.load(stream);
    const { state: run } = folded;
    if (run.kind === 'absent') return reject('unknown_run', `Run not found: ${flowId}`);
    const facts = await factsOf(deps, run.orchName, run.definition);
    const identity = await identityOf(deps, { flowId, run, command }, context);
    const metadata = runMetadata(folded, { ...identity, actor: context.actor });
    const outcome = await deps.sagas.execute(stream, { ...command, facts }, metadata);
    if (outcome.kind !== 'accepted') return outcome;
    return { kind: 'done', value: null, position: outcome.position, replayed: outcome.replayed };
  };

const identityOf = async (
  { keys, ids }: SagaDeps,
  { flowId, run, command }: { readonly flowId: string; readonly run: SagaRun; readonly command: Steering },
  { actor, idempotencyKey }: CallContext,
): Promise<{ readonly id: string; readonly bodyHash?: string }> => {
  if (idempotencyKey === undefined) return { id: ids.next() };
  const step = 'step' in command ? command.step : '';
  const id = commandIdOf(actor.id, command.type, flowId, step, idempotencyKey);
  const bodyHash = await keys.fingerprint(run.keyId, Buffer.from(canonical(command)));
  return bodyHash === undefined ? { id } : { id, bodyHash };
};
