import { describe, expect, it } from 'vitest';
import type { ReadStore, Slot } from '../../../src/infra/read-store/port.ts';
import type { Context, Progress } from '../../../src/projections/engine/context.ts';
import { foldToEnd } from '../../../src/projections/engine/fold-to-end.ts';
import { beginFilling } from '../../../src/projections/engine/generations.ts';
import { markedLog } from '../../../src/projections/engine/log-mark.ts';
import { rateOf } from '../../../src/projections/engine/rate.ts';
import type { Projection } from '../../../src/projections/projection.ts';
import { START } from '../../../src/infra/event-store/port.ts';
import { memoryLog } from '../../support/memory-log.ts';
import { freshReadStore } from '../../support/projecting.ts';
import { tallyOf } from '../../support/tally.ts';

const clock = { now: () => 0 };
const tally = tallyOf();
const other = { ...tallyOf({ name: 'other' }), categories: ['nothing'] };

const logOf = (events: number) => {
  const log = memoryLog({ batch: 3 });
  for (let number = 0; number < events; number += 1) log.append('thing-a', 'Added', { by: 1 });
  return log;
};

const folded = async (
  readStore: ReadStore,
  events: number,
  projection: Projection = tally,
): Promise<readonly string[]> => {
  const log = logOf(events);
  const followers = [await beginFilling(readStore, projection), await beginFilling(readStore, other)];
  const context: Context = {
    ...{ log: markedLog(log), readStore, clock, onMoved: () => undefined },
    ...{ live: new Map(), shadows: new Set(), rate: rateOf(clock) },
  };
  const progress: Progress = { phase: 'waiting', generation: null, position: START, events: 0 };
  const steps = foldToEnd(context, followers, progress, { writeAfter: 3 });
  while ((await steps.next()).done !== true);
  expect(progress).toMatchObject({ phase: 'folding', events, position: await log.lastPosition() });
  return Promise.all(followers.map(async ({ slot }) => (await readStore.checkpoint(slot)) ?? 'none'));
};

describe('folding to the end', () => {
  it('writes a batch that says nothing to a projection not at all, and its checkpoint at the end', async () => {
    const store = freshReadStore();
    const writes: Record<string, number> = {};
    const count = ({ name }: Slot): void => void (writes[name] = (writes[name] ?? 0) + 1);
    const counting: ReadStore = {
      ...store,
      write: (slot, batch) => {
        count(slot);
        return store.write(slot, batch);
      },
      writeAll: (batches) => {
        for (const { slot } of batches) count(slot);
        return store.writeAll(batches);
      },
    };
    const checkpoints = await folded(counting, 10);
    expect(writes).toEqual({ tally: 4, other: 1 });
    expect(new Set(checkpoints)).toEqual(new Set([await logOf(10).lastPosition()]));
    expect(await store.scan({ name: 'tally', generation: 1_000_001 }, null, 10)).toMatchObject([
      { id: 'a', body: { count: 10 } },
    ]);
  });

  it('ends with the failure of a write that it went on beside', async () => {
    const store = freshReadStore();
    let writes = 0;
    const writeAll: ReadStore['writeAll'] = (batches) => {
      writes += 1;
      return writes === 2 ? Promise.reject(new Error('no space')) : store.writeAll(batches);
    };
    await expect(folded({ ...store, writeAll }, 10)).rejects.toThrow('no space');
  });

  it('folds the next batch again where documents of the last one could not be stored', async () => {
    const store = freshReadStore();
    const careless = (number: number): Projection => ({
      ...tally,
      fold: (body, event, id) =>
        event.revision === number ? { name: undefined } : tally.fold(body, event, id),
    });
    await folded(store, 10, careless(4));
    expect(await store.scan({ name: 'tally', generation: 1_000_001 }, null, 10)).toMatchObject([
      { id: 'a', body: { count: 4 }, blocked: { parked: 6, reason: 'undefined at /name' } },
    ]);
  });
});
