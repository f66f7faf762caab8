// A log in memory with everything of the port, for tests that need thousands of appends: no file, no thread.
import { once } from 'node:events';
import { START } from '../../src/infra/event-store/port.ts';
import type { EventStore } from '../../src/infra/event-store/port.ts';
import { simulatedLog } from '../../sdk/simulator/log.ts';

export const plainLog = (nowMs: () => number): EventStore => {
  const log = simulatedLog(nowMs);
  const readAll: EventStore['readAll'] = ({ after, categories, max }) => {
    const left = log.all().filter(({ position }) => position > after);
    const slice = left.slice(0, max);
    const events = slice.filter(({ stream }) => categories?.includes(stream.split('-', 1)[0] ?? '') ?? true);
    const position = slice.at(-1)?.position ?? after;
    return Promise.resolve({ events, position, isEnd: slice.length === left.length });
  };
  return {
    logId: log.logId,
    epochs: [],
    append: (stream, expected, events, metadata) =>
      Promise.resolve(log.write({ stream, expected, events, metadata })),
    readStream: (stream, { from, direction, max }) => {
      const all = log.stream(stream);
      const start = from === 'end' ? all.length - 1 : from;
      const events = direction === 'forwards' ? all.slice(start) : all.slice(0, start + 1).reverse();
      return Promise.resolve({ events: events.slice(0, max), head: all.length - 1 });
    },
    readAll,
    subscribe: async function* ({ after, signal, ...filter }) {
      for (let position = after; !signal.aborted;) {
        const woken = new AbortController();
        const unlisten = log.onWrite(() => {
          woken.abort();
        });
        const slice = await readAll({ after: position, max: 4096, ...filter });
        yield { events: slice.events, position: slice.position, caughtUp: slice.isEnd };
        position = slice.position;
        const either = AbortSignal.any([signal, woken.signal]);
        if (!either.aborted) await once(either, 'abort');
        unlisten();
      }
    },
    lastPosition: () => Promise.resolve(log.all().at(-1)?.position ?? START),
    close: () => Promise.resolve(),
  };
};
