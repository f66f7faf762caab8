import type { EventStore, Position } from '../../infra/event-store/port.ts';

type Log = Pick<EventStore, 'readStream'>;

/**
 * Streams as they were at a position of the log: what came later is not there.
 * @throws RangeError for reading backwards, which nobody does who folds.
 */
export const logUpTo = (log: Log, upTo: Position): Log => ({
  readStream: async (stream, options) => {
    if (options.direction === 'backwards') throw new RangeError('the past of a stream is read forwards');
    const { events, head } = await log.readStream(stream, options);
    const [later] = events.filter(({ position }) => position > upTo);
    if (later === undefined) return { events, head };
    return { events: events.filter(({ position }) => position <= upTo), head: later.revision - 1 };
  },
});
