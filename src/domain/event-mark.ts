import { z } from 'zod';
import type { storedEvent } from './stored-event.ts';
import { categoryOf } from './stream-name.ts';

/**
 * An event of the log, and where it is found: behind `after` it is the next one of its category. A log that holds another
 * one there, or none, was put back to an earlier state and has gone on in another way.
 */
export const eventMark = z.strictObject({
  after: z.string(),
  position: z.string(),
  category: z.string(),
  eventId: z.string(),
  hash: z.string(),
});
export type EventMark = Readonly<z.output<typeof eventMark>>;

type Marked = Pick<z.output<typeof storedEvent>, 'stream' | 'position' | 'eventId' | 'hash'>;

/** Of the last of these events, which were read from `start` on without leaving out any of their categories. */
export const markIn = (events: readonly Marked[], start: string): EventMark | undefined => {
  const last = events.at(-1);
  if (last === undefined) return undefined;
  const { position, stream, eventId, hash } = last;
  return { after: events.at(-2)?.position ?? start, position, category: categoryOf(stream), eventId, hash };
};

export const isMarked = (mark: EventMark, { position, eventId, hash }: Marked): boolean =>
  position === mark.position && eventId === mark.eventId && hash === mark.hash;
