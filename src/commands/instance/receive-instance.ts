import { instanceStream } from '../../domain/instance/aggregate.ts';
import type { InstanceCommand } from '../../domain/instance/commands.ts';
import { headersContext, valueContext } from '../../domain/instance/seal-context.ts';
import type { AppendMetadata } from '../../domain/event.ts';
import { intakeStream } from '../../domain/intake/aggregate.ts';
import type { KeyId } from '../../domain/sealed.ts';
import { isRepeatable } from '../context.ts';
import type { CallContext } from '../context.ts';
import { resultOf } from '../executed.ts';
import { keyedQueue } from '../keyed-queue.ts';
import type { Result } from '../result.ts';
import { allocateId } from './allocate-id.ts';
import type { AllocateId } from './allocate-id.ts';
import { contentOf } from './content.ts';
import type { InstanceContent } from './content.ts';
import type { ReceiveInstanceInput } from './handlers.ts';
import type { InstanceDeps } from './instance-deps.ts';
import { intakeIdOf, intakeMetadata } from './intake.ts';

type Received = Promise<Result<{ readonly instanceId: string }, string>>;

type Delivery = {
  readonly input: ReceiveInstanceInput;
  readonly content: InstanceContent;
  readonly intakeId: string;
  readonly metadata: AppendMetadata;
  readonly isRepeatable: boolean;
  /** The id and the instance are one call: all it waits for has one limit. */
  readonly askedAt: number;
};

/**
 * Takes an instance in. Its id is in the log before the instance is: the same delivery (by Idempotency-Key or command
 * id) finds it after a crash in between, and the instance of the first time ever after. With another body it is
 * rejected as `idempotency_key_reused`.
 */
export const receiveInstance = (deps: InstanceDeps) => {
  const allocate = allocateId(deps);
  const inTurn = keyedQueue();
  return async (input: ReceiveInstanceInput, context: CallContext): Received => {
    const content = contentOf(input);
    if ('kind' in content) return content;
    const askedAt = deps.clock.now();
    const intakeId = intakeIdOf(deps, context);
    const metadata = intakeMetadata(intakeId, input.headers, context);
    const delivery = { input, content, intakeId, metadata, isRepeatable: isRepeatable(context), askedAt };
    return inTurn(intakeId, () => receive(deps, allocate, delivery));
  };
};

const receive = async (deps: InstanceDeps, allocate: AllocateId, delivery: Delivery): Received => {
  const identified = await idOf(deps, allocate, delivery);
  if (identified.kind !== 'identified') return identified;
  const { instanceId, isNew } = identified;
  const registered = await (isNew ? register : registerAgain)(deps, instanceId, delivery);
  // Another process may have been faster with the same delivery: only under its key can the bodies be compared.
  return registered.kind === 'rejected' && registered.code === 'idempotency_key_reused'
    ? registerAgain(deps, instanceId, delivery)
    : registered;
};

type Identified = { readonly kind: 'identified'; readonly instanceId: string; readonly isNew: boolean };

const idOf = async (
  { intakes }: InstanceDeps,
  allocate: AllocateId,
  { intakeId, metadata, isRepeatable: mayBeKnown, askedAt }: Delivery,
): Promise<Identified | Exclude<Awaited<ReturnType<AllocateId>>, { kind: 'allocated' }>> => {
  const stream = intakeStream(intakeId);
  const known = mayBeKnown ? (await intakes.load(stream)).state.instanceId : null;
  if (known !== null) return { kind: 'identified', instanceId: known, isNew: false };
  const fresh = await allocate();
  if (fresh.kind !== 'allocated') return fresh;
  const { instanceId } = fresh;
  const command = { type: 'AllocateId', instanceId } as const;
  const execute = mayBeKnown ? intakes.execute : intakes.executeNew;
  const outcome = await execute(stream, command, metadata, askedAt);
  if (outcome.kind !== 'accepted') return outcome;
  const given = outcome.state.instanceId ?? instanceId;
  return { kind: 'identified', instanceId: given, isNew: given === instanceId };
};

const register = async (deps: InstanceDeps, instanceId: string, delivery: Delivery): Received => {
  const { instances, keys } = deps;
  const keyId = await keys.reserve();
  const bodyHash = delivery.isRepeatable ? await keys.fingerprint(keyId, delivery.content.body) : undefined;
  const execution = await executionOf(deps, instanceId, { keyId, bodyHash, delivery });
  return doneOf(instanceId, await instances.executeNew(...execution));
};

/** An id that was allocated before: its instance may be there, or not yet. */
const registerAgain = async (deps: InstanceDeps, instanceId: string, delivery: Delivery): Received => {
  const { instances, keys } = deps;
  const { state, position } = await instances.load(instanceStream(instanceId));
  if (state.kind === 'absent') return register(deps, instanceId, delivery);
  const { keyId } = state;
  const bodyHash = await keys.fingerprint(keyId, delivery.content.body);
  // Erased since: what it was cannot be compared any more.
  if (bodyHash === undefined) return { kind: 'done', value: { instanceId }, position, replayed: true };
  const execution = await executionOf(deps, instanceId, { keyId, bodyHash, delivery });
  return doneOf(instanceId, await instances.execute(...execution));
};

type Execution = Parameters<InstanceDeps['instances']['execute']>;

const executionOf = async (
  deps: InstanceDeps,
  instanceId: string,
  { keyId, bodyHash, delivery }: { keyId: KeyId; bodyHash: string | undefined; delivery: Delivery },
): Promise<Execution> => {
  const keyed = bodyHash === undefined ? {} : { bodyHash };
  const command = await receptionOf(deps, instanceId, keyId, delivery);
  return [instanceStream(instanceId), command, { ...delivery.metadata, ...keyed }, delivery.askedAt];
};

const doneOf = (
  instanceId: string,
  outcome: Awaited<ReturnType<InstanceDeps['instances']['execute']>>,
): Awaited<Received> => resultOf(outcome, () => ({ instanceId }));

const receptionOf = async (
  { keys }: InstanceDeps,
  instanceId: string,
  keyId: KeyId,
  { input, content, intakeId }: Delivery,
): Promise<Extract<InstanceCommand, { type: 'ReceiveInstance' }>> => {
  const { headers, createdAt } = input;
  const [value, sealedHeaders] = await Promise.all([
    keys.seal(keyId, valueContext(instanceId), content.value),
    keys.seal(keyId, headersContext(instanceId), content.headers),
  ]);
  return {
    type: 'ReceiveInstance',
    instance: {
      ...{ keyId, value, size: content.value.length, headers: sealedHeaders },
      sourceApplicationId: headers.sourceApplicationId,
      sourceApplicationIntegrationId: headers.sourceApplicationIntegrationId ?? null,
      integrationId: headers.integrationId ?? null,
      correlationId: headers.correlationId,
      intakeId,
      createdAt: createdAt ?? null,
    },
  };
};
