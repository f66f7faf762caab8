import type { Thread } from '../../sqlite/thread.ts';
import { LogDamaged } from '../errors.ts';
import type { EventStore } from '../port.ts';
import { eventsOfRows } from './checked-rows.ts';
import { toNumber, toPosition } from './position.ts';
import type { Hello, ReadReply, ReadRequest } from './protocol.ts';
import type { Tail } from './tail.ts';

export type EventReader = Pick<EventStore, 'readStream' | 'readAll'> & {
  readonly lastOnDisk: () => Promise<number>;
};

const MAX = 4096;
/** In bytes: to make events of more takes milliseconds. */
const LARGE = 256 * 1024;

/** Reads through their own thread what is not in the tail; nothing any more once that has ended. */
export const eventReader = (
  thread: Thread<ReadRequest, ReadReply, Hello>,
  tail: Pick<Tail, 'ended' | 'ofStream'>,
): EventReader => {
  const ask = async (request: ReadRequest): Promise<ReadReply> => {
    assertOpen(tail);
    return thread.call(request);
  };
  const nextTurn = oneATurn();
  return {
    readStream: async (stream, { from, direction, max }) => {
      assertCount('max', max, 1, MAX);
      if (from !== 'end') assertCount('from', from, 0, Number.MAX_SAFE_INTEGER);
      assertOpen(tail);
      const recent =
        direction === 'forwards' && from !== 'end' ? tail.ofStream(stream, from, max) : undefined;
      if (recent !== undefined) return recent;
      const reply = await ask({ kind: 'stream', stream, from, direction, max });
      if (reply.kind !== 'stream') throw errorOf(reply);
      if (reply.events.page.bodies.byteLength > LARGE) await nextTurn();
      return { events: eventsOfRows(reply.events), head: reply.head };
    },
    readAll: async ({ after, categories, max }) => {
      assertCount('max', max, 1, MAX);
      const filter = categories === undefined ? {} : { categories };
      const reply = await ask({ kind: 'all', after: toNumber(after), max, ...filter });
      if (reply.kind !== 'all') throw errorOf(reply);
      return {
        events: eventsOfRows(reply.events),
        position: toPosition(reply.position),
        isEnd: reply.isEnd,
      };
    },
    lastOnDisk: async () => {
      const reply = await ask({ kind: 'last' });
      if (reply.kind !== 'last') throw errorOf(reply);
      return reply.position;
    },
  };
};

/** Each call resolves in a later turn of the event loop than the one before: what comes together is not worked off together. */
const oneATurn = (): (() => Promise<void>) => {
  let last = Promise.resolve();
  return () => {
    last = last.then(() => new Promise((resolve) => void setImmediate(resolve)));
    return last;
  };
};

const assertOpen = ({ ended }: Pick<Tail, 'ended'>): void => {
  const reason = ended();
  if (reason !== undefined) throw reason;
};

const errorOf = (reply: ReadReply): Error => {
  if (reply.kind === 'damaged')
    return new LogDamaged(reply.stream, reply.revision, reply.detail, reply.position);
  return new Error(reply.kind === 'failed' ? reply.detail : `unexpected answer ${reply.kind}`);
};

const assertCount = (name: string, value: number, min: number, max: number): void => {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return;
  throw new RangeError(`${name} must be a whole number from ${String(min)} to ${String(max)}`);
};
