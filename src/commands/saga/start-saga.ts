import { orchestrationStream } from '../../domain/orchestration/aggregate.ts';
import { isAbsent } from '../../domain/orchestration/state.ts';
import { reject } from '../../domain/decider.ts';
import { sagaStream } from '../../domain/saga/aggregate.ts';
import type { SagaRejection } from '../../domain/saga/commands.ts';
import { inputContext } from '../../domain/saga/seal-context.ts';
import type { KeyId } from '../../domain/sealed.ts';
import { creatingMetadata } from '../context.ts';
import type { CallContext } from '../context.ts';
import type { SagaDeps } from '../deps.ts';
import { commandIdOf, flowIdOf } from '../deterministic-ids.ts';
import { resultOf } from '../executed.ts';
import { keyedQueue } from '../keyed-queue.ts';
import type { Result } from '../result.ts';
import { factsOf } from './facts.ts';

type StartInput = {
  readonly orchName: string;
  readonly payload: Uint8Array;
  /** The run's id where the caller chose it; the same one and payload again answer the same run. */
  readonly flowId?: string;
};
type Started = { readonly flowId: string };
type Code = SagaRejection | 'unknown_orchestration' | 'idempotency_key_reused' | 'too_large';

/**
 * Starts a run of an orchestration; with an Idempotency-Key, the same key and body answer the same run. The
 * payload is sealed before it goes anywhere. Rejects an orchestration nobody has registered.
 */
export const startSaga = (deps: SagaDeps) => {
  const inTurn = keyedQueue();
  return async (input: StartInput, context: CallContext): Promise<Result<Started, Code>> => {
    const { state } = await deps.orchestrations.reload(orchestrationStream(input.orchName));
    if (isAbsent(state)) return reject('unknown_orchestration', `Orchestration not found: ${input.orchName}`);
    const identity = identityOf(input, context);
    if (identity === undefined)
      return start(deps, input, context, {
        flowId: deps.ids.next(),
        commandId: deps.ids.next(),
        isRepeatable: false,
      });
    // In turn, so that the second of two equal calls finds the key that the first one reserved.
    return inTurn(identity.flowId, () => startRepeatable(deps, input, context, identity));
  };
};

/** Another process may have been faster with the same start: only under its key can the two bodies be compared. */
const startRepeatable = async (
  deps: SagaDeps,
  input: StartInput,
  context: CallContext,
  identity: Identity,
): Promise<Result<Started, Code>> => {
  const once = () => start(deps, input, context, { ...identity, isRepeatable: true });
  const started = await once();
  return started.kind === 'rejected' && started.code === 'idempotency_key_reused' ? once() : started;
};

type Identity = { readonly flowId: string; readonly commandId: string };

/** Which run and command a call stands for; undefined for one that is new each time. */
const identityOf = (input: StartInput, context: CallContext): Identity | undefined => {
  const { orchName, flowId } = input;
  const { actor, idempotencyKey: key, commandId } = context;
  if (key !== undefined)
    return {
      flowId: flowIdOf(actor.id, orchName, key),
      commandId: commandIdOf(actor.id, 'execute', orchName, key),
    };
  if (flowId !== undefined) return { flowId, commandId: startOf(flowId, input, context) };
  if (commandId === undefined) return undefined;
  return { flowId: flowIdOf('command', orchName, commandId), commandId };
};

/** Records of one run are one start, whoever sent them; a caller starts no run that is somebody else's already. */
const startOf = (flowId: string, { orchName }: StartInput, { actor, commandId }: CallContext): string =>
  commandId === undefined ? commandIdOf('start', flowId, actor.id, orchName) : commandIdOf('start', flowId);

const start = async (
  deps: SagaDeps,
  { orchName, payload }: StartInput,
  context: CallContext,
  { flowId, commandId, isRepeatable }: Identity & { readonly isRepeatable: boolean },
): Promise<Result<Started, Code>> => {
  const { keys, sagas } = deps;
  const keyId = isRepeatable ? await keyOf(deps, flowId) : await keys.reserve();
  const input = payload.length === 0 ? null : await keys.seal(keyId, inputContext(flowId), payload);
  const bodyHash = isRepeatable ? await keys.fingerprint(keyId, payload) : undefined;
  const facts = await factsOf(deps, orchName, null);
  const startRun = isRepeatable ? sagas.execute : sagas.executeNew;
  const outcome = await startRun(
    sagaStream(flowId),
    { type: 'StartSaga', orchName, keyId, input, facts },
    creatingMetadata(commandId, { correlationId: flowId, ...context }, bodyHash),
    context.askedAt,
  );
  return resultOf(outcome, () => ({ flowId }));
};

/** A repeated call compares its body under the key of the run that the first call started. */
const keyOf = async ({ sagas, keys }: SagaDeps, flowId: string): Promise<KeyId> => {
  const { state } = await sagas.load(sagaStream(flowId));
  return state.kind === 'run' ? state.keyId : keys.reserve();
};
