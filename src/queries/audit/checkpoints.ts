import { WITNESS_STREAM } from '../../domain/checkpoint.ts';
import type { SignedCheckpoint } from '../../domain/checkpoint.ts';
import { witnessEvents } from '../../domain/witness/events.ts';
import { START } from '../../infra/event-store/port.ts';
import type { EventStore } from '../../infra/event-store/port.ts';

type Log = Pick<EventStore, 'readStream'>;

export type CheckpointPage = {
  readonly items: readonly SignedCheckpoint[];
  /** The number to go on below; absent at the end. */
  readonly next?: number;
};

/** Signed checkpoints, the newest first. @param below only those with a smaller number. */
export const listCheckpoints =
  (log: Log) =>
  async (page: { readonly below?: number; readonly limit: number }): Promise<CheckpointPage> => {
    // Number n is at revision n - 1.
    const from = page.below === undefined ? 'end' : page.below - 2;
    if (from !== 'end' && from < 0) return { items: [] };
    const { events } = await log.readStream(WITNESS_STREAM, {
      from,
      direction: 'backwards',
      max: page.limit,
    });
    const items = events.map(({ data }) => witnessEvents.CheckpointSigned.parse(data));
    const last = items.at(-1);
    return last === undefined || last.number === 1 ? { items } : { items, next: last.number };
  };

export const getCheckpoint =
  (log: Log) =>
  async (number: number): Promise<SignedCheckpoint | undefined> => {
    const { events } = await log.readStream(WITNESS_STREAM, {
      from: number - 1,
      direction: 'forwards',
      max: 1,
    });
    return events.map(({ data }) => witnessEvents.CheckpointSigned.parse(data))[0];
  };

/**
 * Since when, in milliseconds since the epoch, nothing was signed: the last checkpoint, or the first event where there is
 * none; undefined of a log in which nothing has happened.
 */
export const unsignedSince =
  (log: Pick<EventStore, 'readStream' | 'readAll'>) => async (): Promise<number | undefined> => {
    const { items } = await listCheckpoints(log)({ limit: 1 });
    const [last] = items;
    if (last !== undefined) return Date.parse(last.signedAt);
    const { events } = await log.readAll({ after: START, max: 1 });
    const [first] = events;
    return first === undefined ? undefined : Date.parse(first.metadata.recordedAt);
  };
