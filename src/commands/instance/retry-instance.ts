import { canonical } from '../../domain/canonical.ts';
import { reject } from '../../domain/decider.ts';
import { instanceStream } from '../../domain/instance/aggregate.ts';
import type { InstanceCommand } from '../../domain/instance/commands.ts';
import { errorsContext, retryHeadersContext } from '../../domain/instance/seal-context.ts';
import type { Instance } from '../../domain/instance/state.ts';
import type { Sealed } from '../../domain/sealed.ts';
import { KeyGone } from '../../infra/keys/port.ts';
import { callIdOf } from '../context.ts';
import type { CallContext } from '../context.ts';
import { commandIdOf } from '../deterministic-ids.ts';
import { resultOf } from '../executed.ts';
import type { Folded } from '../folded.ts';
import type { Result } from '../result.ts';
import { runMetadata } from '../saga/run-metadata.ts';
import { headersContent } from './content.ts';
import { generalSystemError } from './errors.ts';
import type { FlowHeaders } from './handlers.ts';
import type { InstanceDeps } from './instance-deps.ts';
import { opensAs } from './open-instance.ts';
import { unknownInstance } from './say-to-instance.ts';

export type RetryDeps = Pick<InstanceDeps, 'instances' | 'keys' | 'ids' | 'headersOf'>;
type Retried = Promise<Result<{ readonly correlationId: string }, string>>;

export type RetryCall = {
  readonly commandId: string;
  /** Of the batch it is one of, or null. */
  readonly batchId: string | null;
  readonly context: CallContext;
};

/** Asks for an instance to go out again, its headers unchanged but for a fresh correlation id. */
export const retryInstance =
  (deps: RetryDeps) =>
  (instanceId: string, context: CallContext): Retried => {
    const commandId = callIdOf(deps.ids, context, 'retry', 'instance', instanceId);
    return retryOnce(deps, instanceId, { commandId, batchId: null, context });
  };

/**
 * In this order: the instance, its headers, the request. What goes wrong before the headers are known is told to the
 * caller alone; afterwards it is recorded too.
 */
export const retryOnce = async (deps: RetryDeps, instanceId: string, call: RetryCall): Retried => {
  const folded = await deps.instances.load(instanceStream(instanceId));
  const { state } = folded;
  if (state.kind === 'absent') return unknownInstance(instanceId);
  // The same call once more finds the retry of the first time.
  const correlationId = commandIdOf('retry', call.commandId);
  const known = state.retries.get(correlationId);
  if (known === 'requested')
    return { kind: 'done', value: { correlationId }, position: folded.position, replayed: true };
  if (known === 'failed') return reject('retry_failed', 'this retry could not be asked for');
  const opened = state.deletion === null ? await opensAs(deps, instanceId, state) : 'erased';
  if (opened === 'erased') return goneSince(instanceId);
  const headers = await deps.headersOf(instanceId);
  if (headers === undefined) return reject('no_flow_headers', noHeaders(instanceId));
  return request(deps, { instanceId, folded, instance: state, call, headers: { ...headers, correlationId } });
};

const goneSince = (instanceId: string) => reject('instance_deleted', `instance ${instanceId} was deleted`);

const noHeaders = (instanceId: string): string =>
  `Could not find instance flow headers for registered instance with id=${instanceId}`;

type Request = {
  readonly instanceId: string;
  readonly folded: Folded<unknown>;
  readonly instance: Instance;
  readonly call: RetryCall;
  readonly headers: FlowHeaders;
};

const request = async (deps: RetryDeps, asked: Request): Retried => {
  const { correlationId } = asked.headers;
  try {
    const outcome = await record(deps, asked, asked.call.commandId, (headers) => ({
      type: 'RequestRetry',
      retry: { correlationId, headers, batchId: asked.call.batchId },
    }));
    if (outcome.kind !== 'accepted' && outcome.code !== 'instance_deleted') await recordFailure(deps, asked);
    return resultOf(outcome, () => ({ correlationId }));
  } catch (error) {
    // Deleted and erased meanwhile, as may be while somebody else is asked for its headers.
    if (error instanceof KeyGone) return goneSince(asked.instanceId);
    await recordFailure(deps, asked);
    throw error;
  }
};

/** What cannot be recorded either is left to what the caller is told. */
const recordFailure = async (deps: RetryDeps, asked: Request): Promise<void> => {
  const { instanceId, instance, call, headers } = asked;
  const { correlationId } = headers;
  const { batchId } = call;
  try {
    const place = errorsContext(instanceId);
    const errors = await deps.keys.seal(instance.keyId, place, generalFailure);
    await record(deps, asked, commandIdOf('retry-failed', call.commandId), (sealed) => ({
      type: 'FailRetry',
      failure: { correlationId, headers: sealed, errors, batchId },
    }));
  } catch {
    return;
  }
};

const generalFailure = Buffer.from(canonical([generalSystemError]));

const record = async (
  { instances, keys }: RetryDeps,
  { instanceId, folded, instance, call, headers }: Request,
  commandId: string,
  build: (headers: Sealed) => InstanceCommand,
) => {
  const place = retryHeadersContext(instanceId, headers.correlationId);
  const sealed = await keys.seal(instance.keyId, place, headersContent(headers));
  const metadata = runMetadata(folded, { id: commandId, actor: call.context.actor });
  return instances.execute(instanceStream(instanceId), build(sealed), metadata);
};
