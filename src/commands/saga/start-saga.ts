import { orchestrationStream } from '../../domain/orchestration/aggregate.ts';
import { statusOf } from '../../domain/orchestration/state.ts';
import { reject } from '../../domain/decider.ts';
import { sagaStream } from '../../domain/saga/aggregate.ts';
import type { SagaRejection } from '../../domain/saga/commands.ts';
import { inputContext } from '../../domain/saga/seal-context.ts';
import type { KeyId } from '../../domain/sealed.ts';
import type { CallContext } from '../context.ts';
import type { SagaDeps } from '../deps.ts';
import { commandIdOf, flowIdOf } from '../deterministic-ids.ts';
import { keyedQueue } from '../keyed-queue.ts';
import type { Result } from '../result.ts';
import { factsOf } from './facts.ts';

type StartInput = { readonly orchName: string; readonly payload: Uint8Array };
type Started = { readonly flowId: string };
type Code = SagaRejection | 'unknown_orchestration' | 'idempotency_key_reused' | 'too_large';

/**
 * Starts a run of an orchestration; with an Idempotency-Key, the same key and body answer the same run. The
 * payload is sealed before it goes anywhere. Rejects an orchestration nobody has registered.
 */
export const startSaga = (deps: SagaDeps) => {
  const inTurn = keyedQueue();
  return async (input: StartInput, context: CallContext): Promise<Result<Started, Code>> => {
    const { state } = await deps.orchestrations.load(orchestrationStream(input.orchName));
    if (statusOf(state) === 'ABSENT')
      return reject('unknown_orchestration', `Orchestration not found: ${input.orchName}`);
    const key = context.idempotencyKey;
    if (key === undefined)
      return start(deps, input, context, { flowId: deps.ids.next(), commandId: deps.ids.next() });
    const flowId = flowIdOf(context.actor.id, input.orchName, key);
    const commandId = commandIdOf(context.actor.id, 'execute', input.orchName, key);
    // In turn, so that the second of two equal calls finds the key that the first one reserved.
    return inTurn(flowId, () => start(deps, input, context, { flowId, commandId }));
  };
};

const start = async (
  deps: SagaDeps,
  { orchName, payload }: StartInput,
  context: CallContext,
  { flowId, commandId }: { readonly flowId: string; readonly commandId: string },
): Promise<Result<Started, Code>> => {
  const { keys, sagas } = deps;
  const keyId = await keyOf(deps, flowId, context);
  const input = payload.length === 0 ? null : await keys.seal(keyId, inputContext(flowId), payload);
  const bodyHash = context.idempotencyKey === undefined ? undefined : await keys.fingerprint(keyId, payload);
  const facts = await factsOf(deps, orchName, null);
  const outcome = await sagas.execute(
    sagaStream(flowId),
    { type: 'StartSaga', orchName, keyId, input, facts },
    {
      commandId,
      causationId: commandId,
      correlationId: context.correlationId ?? flowId,
      actor: context.actor,
      owner: context.actor.id,
      ...(bodyHash === undefined ? {} : { bodyHash }),
    },
  );
  if (outcome.kind !== 'accepted') return outcome;
  return { kind: 'done', value: { flowId }, position: outcome.position, replayed: outcome.replayed };
};

/** A repeated call compares its body under the key of the run that the first call started. */
const keyOf = async ({ sagas, keys }: SagaDeps, flowId: string, context: CallContext): Promise<KeyId> => {
  if (context.idempotencyKey === undefined) return keys.reserve();
  const { state } = await sagas.load(sagaStream(flowId));
  return state.kind === 'run' ? state.keyId : keys.reserve();
};
