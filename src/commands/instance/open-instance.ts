import { instanceStream } from '../../domain/instance/aggregate.ts';
import { dispatchHeadersContext, headersContext, valueContext } from '../../domain/instance/seal-context.ts';
import type { Instance } from '../../domain/instance/state.ts';
import type { FlowHeaders, InstanceOpeners, OpenedInstance } from './handlers.ts';
import { flowHeaders, instanceObject } from './inputs.ts';
import type { InstanceDeps } from './instance-deps.ts';
import { openJson } from './sealed-json.ts';

export type OpenDeps = Pick<InstanceDeps, 'instances' | 'keys'>;

/** For whoever asks: nobody gets the values from the deletion on, whether or not the key is destroyed yet. */
export const openInstance =
  (deps: OpenDeps): InstanceOpeners['openInstance'] =>
  async (instanceId) => {
    const instance = await loadInstance(deps, instanceId);
    if (instance === undefined) return undefined;
    const found = instance.deletion === null ? await opened(deps, instanceId, instance) : 'erased';
    return found === 'erased' ? 'deleted' : found;
  };

/** For whoever has yet to tell others that it was registered: also after the deletion, while the key lives. */
export const openRegistered =
  (deps: OpenDeps): InstanceOpeners['openRegistered'] =>
  async (instanceId) => {
    const instance = await loadInstance(deps, instanceId);
    return instance === undefined ? undefined : opened(deps, instanceId, instance);
  };

export const flowHeadersOf =
  (deps: OpenDeps): InstanceOpeners['flowHeadersOf'] =>
  async (instanceId) => {
    const instance = await loadInstance(deps, instanceId);
    if (instance === undefined || instance.deletion !== null) return undefined;
    const headers = await headersOf(deps, instanceId, instance);
    return headers === 'erased' ? undefined : headers;
  };

/** The headers its deletion is announced with; undefined where it is not deleted. */
export const openDeletion =
  (deps: OpenDeps): InstanceOpeners['openDeletion'] =>
  async (instanceId) => {
    const instance = await loadInstance(deps, instanceId);
    if (instance === undefined || instance.deletion === null) return undefined;
    const { headers: sealed } = instance.deletion;
    if (sealed === null) return headersOf(deps, instanceId, instance);
    const context = dispatchHeadersContext(instanceId);
    const headers = await openJson(deps.keys, sealed, { context, schema: flowHeaders });
    return headers === 'erased' ? headers : { ...headers, instanceId };
  };

type Loaded = Instance & { readonly madeAt: string };

/** It was made when its sender says, otherwise when it was recorded. */
const loadInstance = async (
  { instances }: Pick<OpenDeps, 'instances'>,
  instanceId: string,
): Promise<Loaded | undefined> => {
  const { state, origin } = await instances.load(instanceStream(instanceId));
  if (state.kind === 'absent' || origin === null) return undefined;
  return { ...state, madeAt: state.createdAt ?? origin.recordedAt };
};

const opened = async (
  deps: OpenDeps,
  instanceId: string,
  instance: Loaded,
): Promise<OpenedInstance | 'erased'> => {
  const found = await opensAs(deps, instanceId, instance);
  return found === 'erased' ? found : { ...found, createdAt: instance.madeAt };
};

/** Headers and value of an instance in the clear; `erased` where its key is gone. @throws what the keys throw beside that */
export const opensAs = async (
  deps: Pick<OpenDeps, 'keys'>,
  instanceId: string,
  instance: Pick<Instance, 'value' | 'headers'>,
): Promise<Omit<OpenedInstance, 'createdAt'> | 'erased'> => {
  const place = { context: valueContext(instanceId), schema: instanceObject };
  const value = await openJson(deps.keys, instance.value, place);
  const headers = await headersOf(deps, instanceId, instance);
  return value === 'erased' || headers === 'erased' ? 'erased' : { instanceId, headers, value };
};

const headersOf = async (
  { keys }: Pick<OpenDeps, 'keys'>,
  instanceId: string,
  { headers: sealed }: Pick<Instance, 'headers'>,
): Promise<FlowHeaders | 'erased'> => {
  const place = { context: headersContext(instanceId), schema: flowHeaders };
  const headers = await openJson(keys, sealed, place);
  return headers === 'erased' ? headers : { ...headers, instanceId };
};
