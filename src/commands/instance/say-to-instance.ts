import { canonical } from '../../domain/canonical.ts';
import { reject } from '../../domain/decider.ts';
import { instanceStream } from '../../domain/instance/aggregate.ts';
import type { InstanceCommand } from '../../domain/instance/commands.ts';
import type { Instance } from '../../domain/instance/state.ts';
import { callIdOf } from '../context.ts';
import type { CallContext } from '../context.ts';
import { resultOf } from '../executed.ts';
import type { Result } from '../result.ts';
import { runMetadata } from '../saga/run-metadata.ts';
import type { InstanceDeps } from './instance-deps.ts';

type Said = Exclude<InstanceCommand, { type: 'ReceiveInstance' }>;
type Deps = Pick<InstanceDeps, 'instances' | 'keys' | 'ids' | 'clock'>;

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
  // What is read first counts too.
  const askedAt = deps.clock.now();
  const stream = instanceStream(instanceId);
  const folded = await deps.instances.load(stream);
  const { state: instance } = folded;
  if (instance.kind === 'absent') return unknownInstance(instanceId);
  const { idempotencyKey, actor } = context;
  // Nothing to compare by once the key is destroyed.
  const bodyHash =
    idempotencyKey === undefined
      ? undefined
      : await deps.keys.fingerprint(instance.keyId, Buffer.from(canonical(body)));
  const identity = { id: callIdOf(deps.ids, context, what, 'instance', instanceId), actor, bodyHash };
  const metadata = runMetadata(folded, identity);
  const outcome = await deps.instances.execute(stream, await build(instance), metadata, askedAt);
  return resultOf(outcome, () => null);
};
