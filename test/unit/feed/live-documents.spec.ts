import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { heldDocuments } from '../../../src/infra/feed/held-documents.ts';
import type { Condition, StoredDocument } from '../../../src/infra/read-store/port.ts';
import { livingDocuments } from '../../support/live-documents.ts';
import { at, document, goLive, runs } from '../../support/read-documents.ts';

const OPEN: readonly Condition[] = [{ field: 'status', op: 'eq', value: 'OPEN' }];
const MANY = 10_001;

const withStatus = (id: string, position: number, status: string) => document(id, position, { status });
const manyOf = (count: number, status: string): StoredDocument[] =>
  Array.from({ length: count }, (_, number) => withStatus(String(number).padStart(5, '0'), 1, status));
const living = async (...documents: StoredDocument[]) => {
  const model = livingDocuments();
  await model.live();
  await model.write(...documents);
  return model;
};

describe('a feed of documents', () => {
  it('begins with what the conditions find, and ends that with the position of the read model', async () => {
    const { follow } = await living(withStatus('a', 1, 'OPEN'), withStatus('b', 2, 'DONE'));
    expect(await follow(OPEN).snapshot()).toEqual([
      { kind: 'snapshot-document', id: 'a', position: at(1), body: { status: 'OPEN' } },
      { kind: 'snapshot-end', position: at(2) },
    ]);
  });

  it('goes on with documents that change, enter, leave or are deleted, and no others', async () => {
    const { follow, change } = await living(withStatus('a', 1, 'OPEN'), withStatus('b', 2, 'DONE'));
    const { snapshot, next } = follow(OPEN);
    await snapshot();
    const changed = (id: string, position: number, body: object | null) => ({
      ...{ kind: 'changed', id, position: at(position), body },
    });
    await change(document('a', 3, { status: 'OPEN', size: 1 }));
    expect(await next()).toEqual(changed('a', 3, { status: 'OPEN', size: 1 }));
    await change(withStatus('b', 4, 'OPEN'), withStatus('c', 4, 'DONE'));
    expect(await next()).toEqual(changed('b', 4, { status: 'OPEN' }));
    await change(withStatus('a', 5, 'DONE'));
    expect(await next()).toEqual(changed('a', 5, null));
    await change(withStatus('a', 6, 'LOST'), document('b', 6, null));
    expect(await next()).toEqual(changed('b', 6, null));
  });

  it('sends a document that changed often while nobody took it once, as it is then', async () => {
    const { follow, change } = await living();
    const { snapshot, next } = follow();
    await snapshot();
    for (const position of [1, 2, 3]) await change(withStatus('a', position, `S${String(position)}`));
    await change(withStatus('b', 4, 'OPEN'));
    expect(await next()).toMatchObject({ id: 'a', position: at(3), body: { status: 'S3' } });
    expect(await next()).toMatchObject({ id: 'b' });
  });

  it('serves a blocked document as it was last good', async () => {
    const blocked = { lastGood: at(1), at: at(2), type: 'Odd', reason: 'unknown', parked: 1 };
    const { follow, change } = await living();
    const { snapshot, next } = follow(OPEN);
    await snapshot();
    await change({ ...withStatus('a', 2, 'OPEN'), blocked });
    expect(await next()).toMatchObject({ id: 'a', body: { status: 'OPEN' } });
  });

  it('begins as soon as what an earlier version has left, without the field asked for, was made anew', async () => {
    const { follow, readStore, write, announce } = livingDocuments();
    await goLive(readStore, { ...runs, fields: { status: 'text' }, indexes: [['status']] }, 2);
    const { snapshot } = follow([{ field: 'size', op: 'gte', value: 1 }]);
    const begun = snapshot();
    await readStore.fill(runs, 1);
    await write(document('a', 1, { size: 1 }));
    await readStore.seal(runs, 1);
    await readStore.switchTo({ name: runs.name, generation: 1 });
    announce(1, null);
    expect((await begun).map(({ kind }) => kind)).toEqual(['snapshot-document', 'snapshot-end']);
  });

  it('begins as soon as there is something to read', async () => {
    const { follow, live, write, announce } = livingDocuments();
    const begun = follow().snapshot();
    await live();
    await write(withStatus('a', 1, 'OPEN'));
    announce(1, null);
    expect(await begun).toMatchObject([{ id: 'a' }, { kind: 'snapshot-end' }]);
  });

  it.each(['abort', 'return'])('stops listening on %s', async (how) => {
    const { follow, listeners } = await living();
    const { snapshot, next, stop, end } = follow();
    await snapshot();
    expect(listeners()).toBe(1);
    const waiting = how === 'abort' ? next() : end();
    stop.abort();
    await waiting;
    expect(listeners()).toBe(0);
  });
});

describe('a snapshot', () => {
  it('has what moved past the reader, and waits until the projector has told of it', async () => {
    const { follow, write, announce } = await living(...manyOf(150, 'OPEN'));
    const { next } = follow();
    await next();
    await write(withStatus('00149', 2, 'AHEAD'));
    for (let sent = 1; sent < 149; sent += 1) expect(await next()).not.toMatchObject({ id: '00149' });
    const frame = next();
    await turn();
    announce(2, ['00149']);
    expect(await frame).toMatchObject({ kind: 'snapshot-document', id: '00149', body: { status: 'AHEAD' } });
    expect(await next()).toEqual({ kind: 'snapshot-end', position: at(2) });
  });

  it('takes away what was sent and is found no longer when it ends', async () => {
    const { follow, change } = await living(...manyOf(150, 'OPEN'));
    const { next, snapshot } = follow(OPEN);
    await next();
    await change(withStatus('00000', 2, 'DONE'), withStatus('00149', 2, 'DONE'));
    const frames = await snapshot();
    expect(frames.at(-2)).toMatchObject({ kind: 'changed', id: '00000', body: null });
    expect(frames.filter((frame) => 'id' in frame && frame.id === '00149')).toEqual([]);
  });

  it('is sent again where the changes are too many to name', async () => {
    const { follow, write, announce } = await living(withStatus('a', 1, 'OPEN'), withStatus('b', 1, 'OPEN'));
    const { snapshot, next } = follow(OPEN);
    await snapshot();
    await write(withStatus('a', 2, 'DONE'));
    announce(2, null);
    expect(await snapshot()).toMatchObject([{ id: 'b' }, { kind: 'snapshot-end', position: at(2) }]);
    await write(withStatus('b', 3, 'DONE'));
    announce(3, ['a', 'b']);
    expect(await next()).toMatchObject({ kind: 'changed', id: 'b', body: null });
  });

  it('is sent again to a client that lets too many changes wait', async () => {
    const { follow, change } = await living();
    const { snapshot, next } = follow();
    await snapshot();
    await change(...manyOf(MANY, 'OPEN'));
    expect(await next()).toMatchObject({ kind: 'snapshot-document', id: '00000' });
  });

  it('ends and is sent again where too much changes while it is read', async () => {
    const { follow, write, announce } = await living(...manyOf(150, 'OPEN'));
    const { snapshot, next } = follow();
    await next();
    await write(withStatus('00149', 2, 'AHEAD'));
    announce(2, null);
    expect((await snapshot()).at(-1)).toEqual({ kind: 'snapshot-end', position: at(1) });
    const second = await snapshot();
    expect(second).toHaveLength(151);
    expect(second.at(-1)).toEqual({ kind: 'snapshot-end', position: at(2) });
  });

  it('is sent again from a generation that has taken over, and changes are then read there', async () => {
    const { follow, live, write, announce, readStore } = livingDocuments();
    await live();
    await write(withStatus('a', 1, 'OPEN'));
    const { snapshot, next } = follow();
    await snapshot();
    const second = await goLive(readStore, runs, 2);
    await readStore.write(second, { documents: [withStatus('a', 1, 'NEW')], checkpoint: at(1) });
    announce(1, null);
    expect(await snapshot()).toMatchObject([{ body: { status: 'NEW' } }, { kind: 'snapshot-end' }]);
    await readStore.write(second, { documents: [withStatus('a', 2, 'NEWER')], checkpoint: at(2) });
    announce(2, ['a']);
    expect(await next()).toMatchObject({ kind: 'changed', body: { status: 'NEWER' } });
  });
});

describe('a selection of documents', () => {
  it.each<[string, string, Condition | undefined, string | undefined]>([
    ['another collection', 'nope', undefined, 'unknown_collection'],
    ['everything', runs.name, undefined, undefined],
    ['a field', runs.name, { field: 'size', op: 'gte', value: 1 }, undefined],
    ['an undeclared field', runs.name, { field: 'secret', op: 'eq', value: 1 }, 'invalid_condition'],
    ['a member of every object', runs.name, { field: 'toString', op: 'eq', value: 1 }, 'invalid_condition'],
    ['text as a number', runs.name, { field: 'status', op: 'eq', value: 1 }, 'invalid_condition'],
    ['half a character', runs.name, { field: 'status', op: 'eq', value: '\ud800' }, 'invalid_condition'],
    ['one wrong value', runs.name, { field: 'size', op: 'in', value: [1, '1'] }, 'invalid_condition'],
    ['the start of a number', runs.name, { field: 'size', op: 'prefix', value: '1' }, 'invalid_condition'],
    ['equal lists', runs.name, { field: 'steps', op: 'eq', value: 'a' }, 'invalid_condition'],
    ['elements of text', runs.name, { field: 'status', op: 'contains', value: 'a' }, 'invalid_condition'],
  ])('of %s (%s, %j) is refused with %s', (_what, collection, condition, code) => {
    const where = condition === undefined ? [] : [condition];
    expect(livingDocuments().feed.refusalOf({ collection, where })?.code).toBe(code);
  });
});

describe('what a client has', () => {
  it('is remembered up to a bound, beyond which it may have anything until the next snapshot', () => {
    const held = heldDocuments();
    held.add('a');
    expect([held.mayHave('a'), held.mayHave('b')]).toEqual([true, false]);
    for (let number = 0; number < MANY; number += 1) held.add(String(number));
    expect(held.mayHave('b')).toBe(true);
    held.clear();
    expect(held.mayHave('a')).toBe(false);
  });
});
