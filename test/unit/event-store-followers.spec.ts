import { setImmediate as settled } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toPosition } from '../../src/infra/event-store/embedded/position.ts';
import { subscription } from '../../src/infra/event-store/embedded/subscribe.ts';
import { tailFrom } from '../../src/infra/event-store/embedded/tail.ts';
import { START } from '../../src/infra/event-store/port.ts';
import type { EventBatch, StoredEvent } from '../../src/infra/event-store/port.ts';
import { manualClock } from '../support/manual-clock.ts';
import { memoryLog } from '../support/memory-log.ts';

/** A log on disk, and its end in memory: what was forgotten there is read from disk. */
const world = (maxEvents = 1000) => {
  const log = memoryLog();
  const clock = manualClock();
  const tail = tailFrom(0, { maxBytes: 1_000_000, maxEvents }, clock.schedule);
  const stop = new AbortController();
  const lastOnDisk = (): Promise<number> => Promise.resolve(log.events.length);
  const append = (...streams: readonly string[]): void => {
    for (const stream of streams) tail.push([log.append(stream, 'X')], 1);
  };
  /** What a follower of these categories was given, once it has begun. */
  const follow = async (...categories: readonly string[]) => {
    const batches: EventBatch[] = [];
    const source = { tail, readAll: log.readAll, lastOnDisk };
    const options = categories.length === 0 ? {} : { categories };
    const ended = (async () => {
      for await (const batch of subscription(source, { after: START, ...options, signal: stop.signal }))
        batches.push(batch);
    })();
    await settled();
    return { batches, events: () => batches.flatMap(({ events }) => events), ended };
  };
  const end = (): void => {
    stop.abort();
  };
  return { log, append, follow, end, clock };
};

const streamsOf = (events: readonly StoredEvent[]): readonly string[] => events.map(({ stream }) => stream);

describe('followers of the end of the log', () => {
  it('are woken by what they want, and see it at once', async () => {
    const { append, follow, end } = world();
    const [sagas, all] = [await follow('saga'), await follow()];
    append('saga-1', 'worker-1', 'sagas-1', 'saga');
    await settled();
    expect(streamsOf(sagas.events())).toEqual(['saga-1']);
    expect(streamsOf(all.events())).toEqual(['saga-1', 'worker-1', 'sagas-1', 'saga']);
    end();
    await Promise.all([sagas.ended, all.ended]);
  });

  it('cost nothing where something else comes, and hear of it together a while later', async () => {
    const { append, follow, end, clock } = world();
    const some = [await follow('replay'), await follow('retention', 'deadletter')];
    for (const name of ['saga-1', 'worker-1', 'saga-2']) {
      append(name);
      await settled();
    }
    expect(some.map(({ batches }) => batches.length)).toEqual([1, 1]);
    await clock.advance(250, settled);
    for (const { batches } of some)
      expect(batches[1]).toEqual({ events: [], position: toPosition(3), caughtUp: true });
    await clock.advance(10_000, settled);
    expect(some.map(({ batches }) => batches.length)).toEqual([2, 2]);
    append('worker-1');
    await clock.advance(250, settled);
    expect(some.map(({ batches }) => batches.at(-1)?.position)).toEqual([toPosition(4), toPosition(4)]);
    end();
    await Promise.all(some.map(({ ended }) => ended));
  });

  it('see all they want, in order and once, whatever comes and however much of it is kept in memory', async () => {
    const streams = fc.constantFrom('saga-a', 'worker-b', 'saga-c', 'replay-d');
    const turn = fc.record({ appends: fc.array(streams, { maxLength: 4 }), ms: fc.nat({ max: 300 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(turn, { maxLength: 12 }), fc.nat({ max: 6 }), async (turns, maxEvents) => {
        const { log, append, follow, end, clock } = world(maxEvents);
        const [sagas, rare] = [await follow('saga'), await follow('replay')];
        for (const { appends, ms } of turns) {
          append(...appends);
          await clock.advance(ms, settled);
        }
        await settled();
        const of = (category: string) => log.events.filter(({ stream }) => stream.startsWith(`${category}-`));
        expect(sagas.events()).toEqual(of('saga'));
        expect(rare.events()).toEqual(of('replay'));
        for (const { batches } of [sagas, rare]) {
          const positions = batches.map(({ position }) => position);
          expect(positions).toEqual([...new Set(positions)].toSorted());
        }
        end();
        await Promise.all([sagas.ended, rare.ended]);
      }),
    );
  });

  it('read the log where they have fallen behind the memory', async () => {
    const { append, follow, end } = world(2);
    append('saga-1', 'saga-2', 'worker-1', 'saga-3');
    const sagas = await follow('saga');
    await settled();
    expect(streamsOf(sagas.events())).toEqual(['saga-1', 'saga-2', 'saga-3']);
    end();
    await sagas.ended;
  });
});
