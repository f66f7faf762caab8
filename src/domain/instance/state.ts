import type { Sealed } from '../sealed.ts';
import type { InstanceEvent } from './events.ts';

type DataOf<Type> = Extract<InstanceEvent, { type: Type }>['data'];
type Received = DataOf<'InstanceReceived'>;
type Later = Exclude<InstanceEvent, { type: 'InstanceReceived' }>;

/** What happened last of all that moves it on; holds, deletion and erasure do not. */
export type Latest =
  | { readonly kind: 'received' | 'retry-requested' | 'dispatched' }
  | ({ readonly kind: 'progressed' } & DataOf<'InstanceProgressed'>)
  | ({ readonly kind: 'error' } & DataOf<'InstanceErrorReported'>)
  | ({ readonly kind: 'settled' } & DataOf<'InstanceSettled'>);

export type Instance = Pick<Received, 'keyId' | 'value' | 'headers' | 'createdAt'> & {
  readonly kind: 'instance';
  readonly latest: Latest;
  /** Every correlation id it goes or went under. */
  readonly correlationIds: ReadonlySet<string>;
  /** By correlation id: what became of each retry. */
  readonly retries: ReadonlyMap<string, 'requested' | 'failed'>;
  readonly isHeld: boolean;
  /** Since it was last sent out. */
  readonly dispatch: DataOf<'InstanceDispatched'> | null;
  readonly deletion: DataOf<'InstanceDeleted'> | null;
  readonly isErased: boolean;
  /** How many sealed values its stream holds. */
  readonly sealedValues: number;
  readonly revision: number;
};

export type InstanceState = { readonly kind: 'absent' } | Instance;

export const initialInstance: InstanceState = { kind: 'absent' };

export const evolve = (state: InstanceState, event: InstanceEvent, revision: number): InstanceState => {
  if (event.type === 'InstanceReceived') return received(event.data, revision);
  if (state.kind === 'absent') return state;
  const sealedValues = state.sealedValues + sealedIn(event);
  return { ...state, ...changed(state, event), sealedValues, revision };
};

const received = (
  { keyId, value, headers, createdAt, correlationId }: Received,
  revision: number,
): Instance => ({
  kind: 'instance',
  ...{ keyId, value, headers, createdAt },
  latest: { kind: 'received' },
  correlationIds: new Set([correlationId]),
  retries: new Map(),
  isHeld: false,
  dispatch: null,
  deletion: null,
  isErased: false,
  sealedValues: 2,
  revision,
});

const changed = (instance: Instance, event: Later): Partial<Instance> => {
  switch (event.type) {
    case 'InstanceRegistered':
      return {};
    case 'InstanceProgressed':
      return { latest: { kind: 'progressed', ...event.data } };
    case 'InstanceErrorReported':
      return { latest: { kind: 'error', ...event.data } };
    case 'InstanceRetryRequested':
      return {
        latest: { kind: 'retry-requested' },
        // It has yet to arrive once more: its values stay until then.
        dispatch: null,
        ...retried(instance, event.data, 'requested'),
      };
    case 'InstanceRetryFailed':
      return { latest: failedWith(event.data), ...retried(instance, event.data, 'failed') };
    case 'InstanceDispatched':
      return { latest: { kind: 'dispatched' }, dispatch: event.data };
    case 'InstanceSettled':
      return { latest: { kind: 'settled', ...event.data } };
    case 'InstanceHeld':
      return { isHeld: true };
    case 'InstanceHoldLifted':
      return { isHeld: false };
    case 'InstanceDeleted':
      return { deletion: event.data };
    case 'InstanceErased':
      return { isErased: true };
  }
};

const failedWith = ({ errors }: DataOf<'InstanceRetryFailed'>): Latest => ({
  kind: 'error',
  category: 'retry-request',
  errors,
});

const retried = (
  { correlationIds, retries }: Instance,
  { correlationId }: { readonly correlationId: string },
  outcome: 'requested' | 'failed',
): Partial<Instance> => ({
  correlationIds: new Set(correlationIds).add(correlationId),
  retries: new Map(retries).set(correlationId, outcome),
});

const sealedIn = (event: Later): number => {
  switch (event.type) {
    case 'InstanceRetryRequested':
      return 1;
    case 'InstanceRetryFailed':
      return 2;
    case 'InstanceErrorReported':
      return present(event.data.errors);
    case 'InstanceDispatched':
    case 'InstanceDeleted':
      return present(event.data.headers);
    case 'InstanceSettled':
      return present(event.data.archiveInstanceId);
    case 'InstanceRegistered':
    case 'InstanceProgressed':
    case 'InstanceHeld':
    case 'InstanceHoldLifted':
    case 'InstanceErased':
      return 0;
  }
};

const present = (sealed: Sealed | null): number => (sealed === null ? 0 : 1);
