import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonical } from '../../src/domain/canonical.ts';
import { START } from '../../src/infra/event-store/port.ts';
import type { ReadStore, Slot } from '../../src/infra/read-store/port.ts';
import { foldBatch } from '../../src/projections/engine/fold-batch.ts';
import type { Batch } from '../../src/projections/engine/fold-batch.ts';
import { memoryLog } from '../support/memory-log.ts';
import type { MemoryLog } from '../support/memory-log.ts';
import { freshReadStore } from '../support/projecting.ts';
import { tallyOf } from '../support/tally.ts';

const tally = tallyOf({ name: 'whole' });
const cutTally = tallyOf({ name: 'cut' });
const WHOLE = { name: 'whole', generation: 1 };
const CUT = { name: 'cut', generation: 1 };

const anEvent = fc.record({
  thing: fc.constantFrom('a', 'b', 'c', 'd'),
  type: fc.constantFrom('Added', 'Added', 'Added', 'Removed', 'Unknown'),
  by: fc.nat(9),
  also: fc.option(fc.constantFrom('a', 'e'), { nil: undefined }),
});
const history = fc.array(anEvent, { minLength: 1, maxLength: 40 });

/** How a delivery goes wrong: it starts earlier again, or ends between the documents and the checkpoint. */
const aDelivery = fc.record({
  length: fc.integer({ min: 1, max: 9 }),
  back: fc.nat(5),
  isKilled: fc.boolean(),
});

type Event = typeof anEvent extends fc.Arbitrary<infer One> ? One : never;

const logOf = (events: readonly Event[]) => {
  const log = memoryLog();
  for (const { thing, type, by, also } of events)
    log.append(`thing-${thing}`, type, also === undefined ? { by } : { by, also });
  return log;
};

/** Every document of a slot, tombstones included, as bytes. */
const bytesOf = async (store: ReadStore, slot: Slot): Promise<readonly string[]> =>
  (await store.scan(slot, null, 5000)).map((document) => canonical(document));

/** Documents are written, the process dies before the checkpoint is. */
const killedBeforeCheckpoint = (store: ReadStore): ReadStore => ({
  ...store,
  write: async (to, { documents }) => {
    await store.write(to, { documents, checkpoint: (await store.checkpoint(to)) ?? START });
    throw new Error('killed');
  },
});

const foldAll = async (store: ReadStore, { events }: MemoryLog): Promise<void> => {
  const position = events.at(-1)?.position ?? START;
  await store.fill(tally.spec, WHOLE.generation);
  await foldBatch(store, { projection: tally, slot: WHOLE }, { events, position });
};

/** How many events were taken in; none where the process was killed. */
const deliver = async (store: ReadStore, batch: Batch, isKilled: boolean): Promise<number> => {
  const target = { projection: cutTally, slot: CUT };
  if (!isKilled) await foldBatch(store, target, batch);
  else await expect(foldBatch(killedBeforeCheckpoint(store), target, batch)).rejects.toThrow('killed');
  return isKilled ? 0 : batch.events.length;
};

type Delivery = typeof aDelivery extends fc.Arbitrary<infer One> ? One : never;

const deliverAll = async (store: ReadStore, { events }: MemoryLog, plan: readonly Delivery[]) => {
  const everything = { length: events.length, back: events.length, isKilled: false };
  await store.fill(cutTally.spec, CUT.generation);
  let at = 0;
  let checkpoint = START;
  for (const { length, back, isKilled } of [...plan, everything]) {
    const from = Math.max(0, at - back);
    const batch = events.slice(from, at + length);
    const position = batch.at(-1)?.position ?? START;
    at = Math.max(at, from + (await deliver(store, { events: batch, position }, isKilled)));
    const moved = (await store.checkpoint(CUT)) ?? START;
    expect(moved >= checkpoint).toBe(true);
    checkpoint = moved;
  }
};

/** The events that concern one document: first those it can take, then from the first that it cannot. */
const shares = (events: readonly Event[], id: string) => {
  const own = events.filter(({ thing, also }) => thing === id || also === id);
  const unknownAt = own.findIndex(({ type }) => type === 'Unknown');
  const foldable = unknownAt === -1 ? own : own.slice(0, unknownAt);
  const lived = foldable.slice(foldable.findLastIndex(({ type }) => type === 'Removed') + 1);
  return { lived, parked: own.length - foldable.length };
};

describe('a read model', () => {
  it('is the same bytes for any cut into batches, repetition or kill (I-10 to I-14)', async () => {
    const store = freshReadStore();
    const deliveries = fc.array(aDelivery, { minLength: 1, maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(history, deliveries, async (events, plan) => {
        const log = logOf(events);
        await foldAll(store, log);
        await deliverAll(store, log, plan);
        expect(await bytesOf(store, CUT)).toEqual(await bytesOf(store, WHOLE));
      }),
      { numRuns: 100 },
    );
  });

  it('counts every event of its documents exactly once (I-10)', async () => {
    const store = freshReadStore();
    await fc.assert(
      fc.asyncProperty(history, async (events) => {
        await foldAll(store, logOf(events));
        const documents = await store.scan(WHOLE, null, 5000);
        expect(documents.length).toBeGreaterThan(0);
        for (const { id, body, blocked } of documents) {
          const { lived, parked } = shares(events, id);
          expect([body?.['count'] ?? 0, blocked?.parked ?? 0]).toEqual([lived.length, parked]);
        }
      }),
      { numRuns: 100 },
    );
  });
});
