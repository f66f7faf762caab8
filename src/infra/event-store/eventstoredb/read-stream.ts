import type { EventStore, StreamSlice } from '../port.ts';
import type { EventsOfStream } from './events-of-stream.ts';

const MAX = 4096;

/** A slice of one stream, forwards or backwards. @throws RangeError, LogDamaged, StoreUnavailable, StoreClosed */
export const streamSlices =
  (events: EventsOfStream): EventStore['readStream'] =>
  async (stream, { from, direction, max }) => {
    assertCount('max', max, 1);
    if (from === 'end') return newest(events, stream, direction === 'forwards' ? 1 : max);
    assertCount('from', from, 0, Number.MAX_SAFE_INTEGER);
    if (direction === 'forwards') return forwards(events, stream, from, max);
    const head = await headOf(events, stream);
    // From behind the end the server would give nothing.
    return { events: head < 0 ? [] : await events.back(stream, Math.min(from, head), max), head };
  };

export const assertCount = (name: string, value: number, min: number, max = MAX): void => {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return;
  throw new RangeError(`${name} must be a whole number from ${min} to ${max}`);
};

const headOf = async (events: EventsOfStream, stream: string): Promise<number> =>
  (await events.newest(stream))?.revision ?? -1;

const forwards = async (
  events: EventsOfStream,
  stream: string,
  from: number,
  max: number,
): Promise<StreamSlice> => {
  const page = await events.from(stream, from, max);
  const last = page.events.at(-1);
  const isAtEnd = last !== undefined && !page.isCut && page.events.length < max;
  return { events: page.events, head: isAtEnd ? last.revision : await headOf(events, stream) };
};

const newest = async (events: EventsOfStream, stream: string, count: number): Promise<StreamSlice> => {
  const found = await events.back(stream, 'end', count);
  return { events: found, head: found[0]?.revision ?? -1 };
};
