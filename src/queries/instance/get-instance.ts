import { z } from 'zod';
import { isLogDamaged } from '../../domain/damage.ts';
import { instanceStream } from '../../domain/instance/aggregate.ts';
import type { InstanceEvent } from '../../domain/instance/events.ts';
import type { EventStore, StoredEvent } from '../../infra/event-store/port.ts';
import type { Keys } from '../../infra/keys/port.ts';
import { instanceEventIn, projectInstance } from '../../projections/instances/projection.ts';
import { instanceSummary } from '../../projections/instances/read-model.ts';
import type { InstanceRow, InstanceSummary, InstanceView } from '../../projections/instances/read-model.ts';
import { eventsIn } from '../stream/events-in.ts';
import { instanceContents } from './instance-content.ts';

type Log = Pick<EventStore, 'readStream'>;
type Deps = {
  readonly store: Log;
  readonly keys: Pick<Keys, 'open'>;
  /** The log as it is now, where `store` is of the past: what is deleted by now nobody gets from before it. */
  readonly now?: Log;
};
type Received = Extract<InstanceEvent, { type: 'InstanceReceived' }>['data'];

/**
 * One instance from the log, with its headers and its value until its deletion: from then on nobody gets them, also
 * while its key still lives. Undefined for an unknown one.
 */
export const getInstance =
  ({ store, keys, now }: Deps) =>
  async (instanceId: string): Promise<InstanceView | undefined> => {
    const stored = await eventsIn(store, instanceStream(instanceId));
    const row = foldedOf(stored);
    const received = receivedIn(stored);
    if (row === undefined || received === undefined) return undefined;
    const isDeleted = now === undefined ? row.deletedAt !== null : await isDeletedIn(now, instanceId);
    const content = isDeleted ? null : await instanceContents(keys, instanceId).content(received);
    return { ...summaryOf(row), ...(content ?? NO_CONTENT) };
  };

/** Where that cannot be read any more it may have been deleted: then nobody gets its value. */
const isDeletedIn = async (now: Log, instanceId: string): Promise<boolean> => {
  try {
    return foldedOf(await eventsIn(now, instanceStream(instanceId)))?.deletedAt !== null;
  } catch (error) {
    if (isLogDamaged(error)) return true;
    throw error;
  }
};

const NO_CONTENT = { headers: null, value: null } as const;

const foldedOf = (stored: readonly StoredEvent[]): InstanceRow | undefined => {
  let row: InstanceRow | undefined;
  for (const event of stored) row = projectInstance(row, event);
  return row;
};

const receivedIn = (stored: readonly StoredEvent[]): Received | undefined => {
  const [first] = stored.slice(0, 1).map((event) => instanceEventIn(event));
  return first?.type === 'InstanceReceived' ? first.data : undefined;
};

const summary = z.object(instanceSummary.shape);

/** Without what only orders need. */
export const summaryOf = (row: InstanceRow): InstanceSummary => summary.parse(row);
