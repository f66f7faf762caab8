import { beforeEach, describe, expect, it } from 'vitest';
import { DocumentRefused } from '../../../src/infra/read-store/port.ts';
import type { ReadStore } from '../../../src/infra/read-store/port.ts';
import { foldBatch } from '../../../src/projections/engine/fold-batch.ts';
import type { Projection } from '../../../src/projections/projection.ts';
import { memoryLog, positionAt } from '../../support/memory-log.ts';
import type { MemoryLog } from '../../support/memory-log.ts';
import { freshReadStore } from '../../support/projecting.ts';
import { tallyOf } from '../../support/tally.ts';

const slot = { name: 'tally', generation: 1 };
const tally = tallyOf();

describe('folding a batch', () => {
  let log: MemoryLog;
  let store: ReadStore;
  beforeEach(async () => {
    log = memoryLog();
    store = freshReadStore();
    await store.fill(tally.spec, slot.generation);
  });
  const fold = async (events = log.events, projection: Projection = tally) =>
    foldBatch(store, { projection, slot }, { events, position: events.at(-1)?.position ?? positionAt(9) });
  const document = async (id: string) => (await store.getMany(slot, [id]))[0];

  it('folds each event into every document it concerns', async () => {
    log.append('thing-a', 'Added', { by: 2, also: 'b' });
    log.append('thing-a', 'Added', { by: 3 });
    const changed = await fold();
    expect(changed.map(({ id }) => id)).toEqual(['a', 'b']);
    expect(await document('a')).toMatchObject({ position: positionAt(2), body: { count: 2, sum: 5 } });
    expect(await document('b')).toMatchObject({ position: positionAt(1), body: { count: 1, sum: 2 } });
  });

  it('folds an event once into a document it names twice', async () => {
    log.append('thing-a', 'Added', { by: 2, also: 'a' });
    await fold();
    expect(await document('a')).toMatchObject({ body: { count: 1 } });
  });

  it('looks for no document that begins with an event, and leaves it as it is where it has gone on since', async () => {
    const beginning: Projection = { ...tally, begins: ({ revision }) => revision === 0 };
    const first = log.append('thing-a', 'Added', { by: 2 });
    const second = log.append('thing-a', 'Added', { by: 3 });
    const asked: string[] = [];
    const { getMany, ...rest } = store;
    store = { ...rest, getMany: (from, ids) => (asked.push(...ids), getMany(from, ids)) };
    await fold([first], beginning);
    expect(asked).toEqual([]);
    await fold([second], beginning);
    expect(asked).toEqual(['a']);
    await fold([first], beginning);
    expect(await document('a')).toMatchObject({ position: second.position, body: { count: 2, sum: 5 } });
  });

  it('moves the checkpoint where nothing was folded', async () => {
    log.append('other-a', 'Added', { by: 2 });
    expect(await fold()).toEqual([]);
    expect(await store.checkpoint(slot)).toBe(positionAt(1));
  });

  it('takes a category for what it is, not for the beginning of another', async () => {
    log.append('things-a', 'Added', { by: 2 });
    log.append('things', 'Added', { by: 2 });
    expect(await fold()).toEqual([]);
  });

  it("takes a stream without a category for no projection's", async () => {
    log.append('-a', 'Added', { by: 2 });
    expect(await fold()).toEqual([]);
  });

  it('changes nothing for events that are in the documents already', async () => {
    log.append('thing-a', 'Added', { by: 2 });
    await fold();
    expect(await fold()).toEqual([]);
    expect(await document('a')).toMatchObject({ body: { count: 1 } });
  });

  it('leaves a tombstone that an old event does not bring back', async () => {
    const first = log.append('thing-a', 'Added', { by: 2 });
    log.append('thing-a', 'Removed', { by: 0 });
    await fold();
    await fold([first]);
    expect(await document('a')).toEqual({ id: 'a', position: positionAt(2), body: null, blocked: null });
  });

  it('blocks a document at an event it cannot fold, parks what follows, and lets the others go on', async () => {
    log.append('thing-a', 'Added', { by: 2 });
    log.append('thing-a', 'Exploded', { by: 1 }, '9.0');
    log.append('thing-a', 'Added', { by: 4 });
    log.append('thing-b', 'Added', { by: 5 });
    await fold();
    expect(await document('a')).toMatchObject({
      position: positionAt(3),
      body: { count: 1, sum: 2 },
      blocked: { lastGood: positionAt(1), at: positionAt(2), type: 'Exploded', parked: 2 },
    });
    expect(await document('b')).toMatchObject({ body: { count: 1, sum: 5 }, blocked: null });
  });

  it('counts a parked event once, however often it comes', async () => {
    log.append('thing-a', 'Exploded', { by: 1 });
    await fold();
    log.append('thing-a', 'Added', { by: 1 });
    await fold();
    await fold();
    expect(await document('a')).toMatchObject({ body: null, blocked: { parked: 2, at: positionAt(1) } });
  });

  it('parks an event under its stream when it cannot be told whom it concerns', async () => {
    log.append('thing-a', 'Added', { by: 'many' });
    log.append('thing-b', 'Added', { by: 5 });
    await fold();
    expect(await document('thing-a')).toMatchObject({
      body: null,
      blocked: { at: positionAt(1), parked: 1 },
    });
    expect(await document('b')).toMatchObject({ body: { sum: 5 } });
  });

  it('blocks a document whose id does not begin as it has to', async () => {
    const spec = { ...tally.spec, idPrefix: 'name' };
    await store.fill(spec, slot.generation);
    log.append('thing-a', 'Added', { by: 2 });
    await fold(log.events, { ...tally, spec });
    expect(await document('a')).toMatchObject({
      body: null,
      blocked: { at: positionAt(1), reason: 'the id does not begin with name' },
    });
  });

  it('blocks a document whose body cannot be stored', async () => {
    log.append('thing-a', 'Added', { by: 1 });
    log.append('thing-a', 'Added', { by: 2 });
    log.append('thing-b', 'Added', { by: 3 });
    const careless: Projection = {
      ...tally,
      fold: (body, event, id) => (event.revision === 1 ? { name: undefined } : tally.fold(body, event, id)),
    };
    await fold(log.events, careless);
    expect(await document('a')).toMatchObject({
      body: { sum: 1 },
      blocked: { at: positionAt(2), reason: 'undefined at /name' },
    });
    expect(await document('b')).toMatchObject({ body: { sum: 3 } });
  });

  it('blocks a document with a declared field of another type', async () => {
    log.append('thing-a', 'Added', { by: 1 });
    log.append('thing-a', 'Added', { by: 2 });
    const careless: Projection = {
      ...tally,
      fold: (body, event, id) => (event.revision === 1 ? { count: 'two' } : tally.fold(body, event, id)),
    };
    const strict: ReadStore = {
      ...store,
      write: async (to, batch) => {
        const refused = batch.documents.find(({ body }) => typeof body?.['count'] === 'string');
        if (refused !== undefined) throw new DocumentRefused(refused.id, 'not a number');
        await store.write(to, batch);
      },
    };
    const batch = { events: log.events, position: positionAt(2) };
    await foldBatch(strict, { projection: careless, slot }, batch);
    expect(await document('a')).toMatchObject({
      body: { count: 1 },
      blocked: { at: positionAt(2), reason: 'count is not of type number' },
    });
  });

  it('hands on every version where the collection keeps history', async () => {
    const kept = { ...tally, spec: { ...tally.spec, history: true } };
    log.append('thing-a', 'Added', { by: 1 });
    log.append('thing-a', 'Added', { by: 2 });
    const versions = await fold(log.events, kept);
    expect(versions.map(({ position, body }) => [position, body?.['sum']])).toEqual([
      [positionAt(1), 1],
      [positionAt(2), 3],
    ]);
  });

  it('passes on what the store throws', async () => {
    log.append('thing-a', 'Added', { by: 1 });
    const full = { ...store, write: () => Promise.reject(new Error('the disk is full')) };
    const batch = { events: log.events, position: positionAt(1) };
    await expect(foldBatch(full, { projection: tally, slot }, batch)).rejects.toThrow('the disk is full');
  });
});
