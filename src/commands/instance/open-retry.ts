import { instanceAggregate, instanceStream } from '../../domain/instance/aggregate.ts';
import type { InstanceEvent } from '../../domain/instance/events.ts';
import { errorsContext, retryHeadersContext } from '../../domain/instance/seal-context.ts';
import type { EventStore } from '../../infra/event-store/port.ts';
import type { InstanceError, InstanceOpeners, OpenedInstance, OpenedRetry } from './handlers.ts';
import { flowHeaders, instanceErrors } from './inputs.ts';
import { openRegistered } from './open-instance.ts';
import type { OpenDeps } from './open-instance.ts';
import { openJson } from './sealed-json.ts';

export type OpenRetryDeps = OpenDeps & { readonly store: Pick<EventStore, 'readStream'> };

type Retry = Extract<InstanceEvent, { type: 'InstanceRetryRequested' | 'InstanceRetryFailed' }>;

/** What goes out for the retry at this revision of an instance's stream; undefined where there is no retry. */
export const openRetry =
  (deps: OpenRetryDeps): InstanceOpeners['openRetry'] =>
  async (instanceId, revision) => {
    const retry = await retryAt(deps, instanceId, revision);
    if (retry === undefined) return undefined;
    const instance = await openRegistered(deps)(instanceId);
    return instance === undefined || instance === 'erased' ? instance : withRetry(deps, instance, retry);
  };

const retryAt = async (
  { store }: OpenRetryDeps,
  instanceId: string,
  revision: number,
): Promise<Retry | undefined> => {
  const range = { from: revision, direction: 'forwards', max: 1 } as const;
  const { events } = await store.readStream(instanceStream(instanceId), range);
  const [stored] = events;
  const event = stored === undefined ? undefined : instanceAggregate.parse(stored);
  return event?.type === 'InstanceRetryRequested' || event?.type === 'InstanceRetryFailed'
    ? event
    : undefined;
};

const withRetry = async (
  deps: OpenRetryDeps,
  instance: OpenedInstance,
  retry: Retry,
): Promise<OpenedRetry | 'erased'> => {
  const { instanceId } = instance;
  const context = retryHeadersContext(instanceId, retry.data.correlationId);
  const headers = await openJson(deps.keys, retry.data.headers, { context, schema: flowHeaders });
  const errors = await errorsOf(deps, instanceId, retry);
  return headers === 'erased' || errors === 'erased' ? 'erased' : { ...instance, headers, errors };
};

const errorsOf = async (
  { keys }: OpenRetryDeps,
  instanceId: string,
  retry: Retry,
): Promise<readonly InstanceError[] | null | 'erased'> => {
  if (retry.type === 'InstanceRetryRequested') return null;
  const context = errorsContext(instanceId);
  return openJson(keys, retry.data.errors, { context, schema: instanceErrors });
};
