import { z } from 'zod';
import { isLogDamaged } from '../../domain/damage.ts';
import type { EventStore, Position, StreamSlice } from '../../infra/event-store/port.ts';

type Log = Pick<EventStore, 'readStream'>;
type Options = Parameters<EventStore['readStream']>[1];

/**
 * Streams as they were at a position of the log: what came later is not there, damaged or not.
 * @throws RangeError for reading backwards, which nobody does who folds; what the log throws for what was there.
 */
export const logUpTo = (log: Log, upTo: Position): Log => ({
  readStream: async (stream, options) => {
    if (options.direction === 'backwards') throw new RangeError('the past of a stream is read forwards');
    const { events, head } = await wholeUpTo(log, upTo, stream, options);
    const [later] = events.filter(({ position }) => position > upTo);
    if (later === undefined) return { events, head };
    return { events: events.filter(({ position }) => position <= upTo), head: later.revision - 1 };
  },
});

/** The slice, or what of it stands before later damage: that much can be read. */
const wholeUpTo = async (
  log: Log,
  upTo: Position,
  stream: string,
  options: Options,
): Promise<StreamSlice> => {
  try {
    return await log.readStream(stream, options);
  } catch (error) {
    const damagedAt = laterDamage(error, upTo);
    if (damagedAt === undefined || options.from === 'end') throw error;
    const head = damagedAt - 1;
    const max = damagedAt - options.from;
    return max <= 0 ? { events: [], head } : { ...(await log.readStream(stream, { ...options, max })), head };
  }
};

const placed = z.object({ revision: z.int().nonnegative(), position: z.string() });

/** The revision of the damage, where that is known to be later. */
const laterDamage = (error: unknown, upTo: Position): number | undefined => {
  const { data } = placed.safeParse(isLogDamaged(error) ? error : undefined);
  return data !== undefined && data.position > upTo ? data.revision : undefined;
};
