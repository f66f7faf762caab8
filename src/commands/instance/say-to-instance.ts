import { canonical } from '../../domain/canonical.ts';
import { reject } from '../../domain/decider.ts';
import { instanceStream } from '../../domain/instance/aggregate.ts';
import type { InstanceCommand } from '../../domain/instance/commands.ts';
import type { Instance } from '../../domain/instance/state.ts';
import type { CallContext } from '../context.ts';
import { commandIdOf } from '../deterministic-ids.ts';
import type { Result } from '../result.ts';
import { runMetadata } from '../saga/run-metadata.ts';
import type { InstanceDeps } from './instance-deps.ts';

type Said = Exclude<InstanceCommand, { type: 'ReceiveInstance' }>;
type Deps = Pick<InstanceDeps, 'instances' | 'keys' | 'ids'>;

export type Asking = {
  readonly instanceId: string;
  /** Names what is asked: the same key for something else is something else. */
  readonly what: string;
  readonly body: object;
  readonly context: CallContext;
};

export const unknownInstance = (instanceId: string) =>
  reject('unknown_instance', `Could not find instance with id='${instanceId}'`);

/** Says one thing to one instance; `build` makes it from the instance as it stands. */
export const sayToInstance = async (
  deps: Deps,
  { instanceId, what, body, context }: Asking,
  build: (instance: Instance) => Promise<Said> | Said,
): Promise<Result<null, string>> => {
  const stream = instanceStream(instanceId);
  const folded = await deps.instances.load(stream);
  const { state: instance } = folded;
  if (instance.kind === 'absent') return unknownInstance(instanceId);
  const keyed = context.idempotencyKey === undefined ? {} : await hashOf(deps, instance, body);
  const identity = { id: commandIdFor(deps, what, instanceId, context), actor: context.actor, ...keyed };
  const outcome = await deps.instances.execute(stream, await build(instance), runMetadata(folded, identity));
  if (outcome.kind !== 'accepted') return outcome;
  return { kind: 'done', value: null, position: outcome.position, replayed: outcome.replayed };
};

/** Nothing to compare by once the key is destroyed. */
const hashOf = async ({ keys }: Deps, { keyId }: Instance, body: object) => {
  const bodyHash = await keys.fingerprint(keyId, Buffer.from(canonical(body)));
  return bodyHash === undefined ? {} : { bodyHash };
};

/** The same key by the same actor, or the same command, is the same command. */
export const commandIdFor = (
  { ids }: Pick<InstanceDeps, 'ids'>,
  what: string,
  instanceId: string,
  { actor, idempotencyKey: key, commandId }: CallContext,
): string =>
  key === undefined ? (commandId ?? ids.next()) : commandIdOf(actor.id, what, 'instance', instanceId, key);
