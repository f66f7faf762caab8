import { instanceStream } from '../../domain/instance/aggregate.ts';
import type { InstanceEvent } from '../../domain/instance/events.ts';
import type { Sealed } from '../../domain/sealed.ts';
import type { EventStore, StoredEvent } from '../../infra/event-store/port.ts';
import type { Keys } from '../../infra/keys/port.ts';
import {
  historyCategoryOf,
  instanceEventIn,
  projectInstance,
} from '../../projections/instances/projection.ts';
import type { HistoryEntry, InstanceHistory, InstanceRow } from '../../projections/instances/read-model.ts';
import { eventsIn } from '../stream/events-in.ts';
import { instanceContents } from './instance-content.ts';

type Deps = { readonly store: Pick<EventStore, 'readStream'>; readonly keys: Pick<Keys, 'open'> };
type Contents = ReturnType<typeof instanceContents>;
type Details = HistoryEntry['details'];

/** Everything that happened to an instance, what went wrong in the clear while its key is there. */
export const getInstanceHistory =
  ({ store, keys }: Deps) =>
  async (instanceId: string): Promise<InstanceHistory | undefined> => {
    const stored = await eventsIn(store, instanceStream(instanceId));
    const contents = instanceContents(keys, instanceId);
    const items: HistoryEntry[] = [];
    let row: InstanceRow | undefined;
    for (const each of stored) {
      row = projectInstance(row, each);
      items.push(await entryOf(contents, each, row));
    }
    return row === undefined
      ? undefined
      : { instanceId, items, revision: row.revision, position: row.position };
  };

const entryOf = async (
  contents: Contents,
  stored: StoredEvent,
  { status }: InstanceRow,
): Promise<HistoryEntry> => {
  const event = instanceEventIn(stored);
  const { revision, metadata, position } = stored;
  const { recordedAt: at, actor } = metadata;
  const details = { ...NOTHING, ...detailsOf(event), ...(await openedOf(contents, event)) };
  return { revision, at, category: historyCategoryOf(stored), status, actor, details, position };
};

const NOTHING: Details = {
  ...{ errors: null, isErased: false, correlationId: null, batchId: null, reason: null },
  ...{ archiveInstanceId: null, deletionReason: null, runId: null, plaintextUntil: null },
};

const detailsOf = (event: InstanceEvent): Partial<Details> => {
  switch (event.type) {
    case 'InstanceReceived':
      return { correlationId: event.data.correlationId };
    case 'InstanceRetryRequested':
    case 'InstanceRetryFailed':
      return { correlationId: event.data.correlationId, batchId: event.data.batchId };
    case 'InstanceSettled':
    case 'InstanceHeld':
    case 'InstanceHoldLifted':
      return { reason: event.data.reason };
    case 'InstanceDeleted':
      return { deletionReason: event.data.reason, runId: event.data.runId, reason: event.data.words };
    case 'InstanceErased':
      return { plaintextUntil: event.data.plaintextUntil };
    case 'InstanceRegistered':
    case 'InstanceProgressed':
    case 'InstanceErrorReported':
    case 'InstanceDispatched':
      return {};
  }
};

const openedOf = async (contents: Contents, event: InstanceEvent): Promise<Partial<Details>> => {
  if (event.type === 'InstanceErrorReported' || event.type === 'InstanceRetryFailed') {
    const errors = await openedOr(event.data.errors, contents.errors);
    return { errors, isErased: event.data.errors !== null && errors === null };
  }
  if (event.type !== 'InstanceSettled') return {};
  const sealed = event.data.archiveInstanceId;
  const archiveInstanceId = await openedOr(sealed, contents.archiveInstanceId);
  return { archiveInstanceId, isErased: sealed !== null && archiveInstanceId === null };
};

const openedOr = async <Value>(
  sealed: Sealed | null,
  open: (sealed: Sealed) => Promise<Value>,
): Promise<Value | null> => (sealed === null ? null : open(sealed));
