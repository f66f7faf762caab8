import { parseInstanceEvent } from '../../domain/instance/events.ts';
import type { InstanceEvent } from '../../domain/instance/events.ts';
import { parseIntakeEvent } from '../../domain/intake/events.ts';
import { idOf } from '../../domain/stream-name.ts';
import type { StoredEvent } from '../../infra/event-store/port.ts';
import { projection } from '../projection.ts';
import { CannotFold, foldable } from '../stored-form.ts';
import { INSTANCES, instanceRow } from './read-model.ts';
import type { InstanceRow } from './read-model.ts';
import { categoryOf, standingAfter } from './standing.ts';

export const instanceEventIn = foldable(parseInstanceEvent);
const intakeEventIn = foldable(parseIntakeEvent);

/**
 * Every instance there ever was, and every delivery that did not become one until it is erased: metadata only, nothing
 * sealed.
 */
export const instances = projection<InstanceRow>({
  spec: {
    name: INSTANCES,
    fields: {
      kind: 'text',
      order: 'text',
      status: 'text',
      storageStatus: 'text',
      errorCategory: 'text',
      sourceApplicationId: 'text',
      sourceApplicationIntegrationId: 'text',
      integrationId: 'text',
      correlationIds: 'text[]',
      held: 'boolean',
      owner: 'text',
      createdAt: 'text',
      updatedAt: 'text',
    },
    indexes: [
      ['createdAt'],
      ['order'],
      ['updatedAt'],
      ['status', 'createdAt'],
      // What retention pages through.
      ['storageStatus', 'createdAt'],
      ['sourceApplicationId', 'createdAt'],
      ['integrationId', 'createdAt'],
      ['owner', 'createdAt'],
    ],
    history: false,
  },
  version: 2,
  categories: ['instance', 'intake'],
  document: instanceRow,
  // The allocation of an id says nothing yet: what becomes of it, the instance or the refusal says.
  keysOf: (event) => (event.type === 'InstanceIdAllocated' && isOfIntake(event) ? [] : [idOf(event.stream)]),
  fold: (row, event) => (isOfIntake(event) ? projectIntake(event) : projectInstance(row ?? undefined, event)),
});

const isOfIntake = ({ stream }: StoredEvent): boolean => stream.startsWith('intake-');

/**
 * Folds one event of stream `instance-<int64>` into its document; an event the document holds already changes nothing.
 * @throws CannotFold for an event this version does not know, or one that does not follow the document.
 */
export const projectInstance = (row: InstanceRow | undefined, stored: StoredEvent): InstanceRow => {
  if (row !== undefined && stored.revision <= row.revision) return row;
  const event = instanceEventIn(stored);
  if (event.type === 'InstanceReceived') return received(event.data, stored);
  if (row === undefined) throw new CannotFold(stored, 'the instance was not received');
  const { revision, position } = stored;
  const at = stored.metadata.recordedAt;
  return { ...row, ...standingAfter(event), ...changed(row, event, at), updatedAt: at, revision, position };
};

/** What an event is called in the instance's history. @throws CannotFold for one this version does not know. */
export const historyCategoryOf = (stored: StoredEvent): InstanceRow['latest'] =>
  categoryOf(instanceEventIn(stored));

type DataOf<Type> = Extract<InstanceEvent, { type: Type }>['data'];

const received = (data: DataOf<'InstanceReceived'>, stored: StoredEvent): InstanceRow => {
  const { sourceApplicationId, sourceApplicationIntegrationId, integrationId, correlationId } = data;
  const { intakeId, size, createdAt } = data;
  const id = idOf(stored.stream);
  const common = commonOf(stored);
  return {
    ...{ ...common, id, kind: 'instance', order: numericOrder(id) },
    ...{ status: 'IN_PROGRESS', storageStatus: 'NEVER_STORED', latest: 'received', errorCategory: null },
    ...{ sourceApplicationId, sourceApplicationIntegrationId, integrationId },
    ...{ correlationId, correlationIds: [correlationId], intakeId, size },
    createdAt: createdAt ?? common.receivedAt,
  };
};

const commonOf = ({ metadata, revision, position }: StoredEvent) => ({
  ...{ retries: 0, held: false, owner: metadata.owner ?? null, receivedAt: metadata.recordedAt },
  ...{ updatedAt: metadata.recordedAt, deletedAt: null, deletionReason: null, erasedAt: null },
  ...{ plaintextUntil: null, revision, position },
});

const changed = (
  row: InstanceRow,
  event: Exclude<InstanceEvent, { type: 'InstanceReceived' }>,
  at: string,
): Partial<InstanceRow> => {
  switch (event.type) {
    case 'InstanceRegistered':
      return { storageStatus: 'STORED' };
    case 'InstanceRetryRequested':
      return { retries: row.retries + 1, ...goesUnder(row, event.data.correlationId) };
    case 'InstanceRetryFailed':
      return goesUnder(row, event.data.correlationId);
    case 'InstanceHeld':
      return { held: true };
    case 'InstanceHoldLifted':
      return { held: false };
    case 'InstanceDeleted':
      return { storageStatus: 'STORED_AND_DELETED', deletedAt: at, deletionReason: event.data.reason };
    case 'InstanceErased':
      return { erasedAt: at, plaintextUntil: event.data.plaintextUntil };
    case 'InstanceProgressed':
    case 'InstanceErrorReported':
    case 'InstanceDispatched':
    case 'InstanceSettled':
      return {};
  }
};

/** A document must not grow with every retry. */
const KEPT = 100;

const goesUnder = ({ correlationIds }: InstanceRow, correlationId: string) => {
  const [first = correlationId, ...later] = correlationIds.filter((one) => one !== correlationId);
  const others = first === correlationId ? [] : [...later, correlationId].slice(1 - KEPT);
  return { correlationId, correlationIds: [first, ...others] };
};

const projectIntake = (stored: StoredEvent): InstanceRow | null => {
  const event = intakeEventIn(stored);
  if (event.type !== 'IntakeRefused') return null;
  const id = idOf(stored.stream);
  const common = commonOf(stored);
  const { category: errorCategory = 'registration', sourceApplicationId } = event.data;
  return {
    ...{ ...common, id, kind: 'refused-intake', order: null, intakeId: id, size: null },
    ...{ status: 'FAILED', storageStatus: 'NEVER_STORED', latest: `${errorCategory}-error` },
    ...{ errorCategory, sourceApplicationId },
    ...{ sourceApplicationIntegrationId: null, integrationId: null },
    ...{ correlationId: null, correlationIds: [], createdAt: common.receivedAt },
  };
};

const DIGITS = 20;
const MIN = 2n ** 63n;

/** Shifted above zero and padded: the order of the texts is that of the numbers, negative ones included. */
const numericOrder = (int64: string): string => (BigInt(int64) + MIN).toString().padStart(DIGITS, '0');
