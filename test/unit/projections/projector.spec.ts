import { describe, expect, it } from 'vitest';
import type { ReadStore } from '../../../src/infra/read-store/port.ts';
import { memoryLog, positionAt } from '../../support/memory-log.ts';
import { bodiesOf, digestOf, documentsOf, freshReadStore, projecting } from '../../support/projecting.ts';
import { tallyOf } from '../../support/tally.ts';

const stageOf = (projections = [tallyOf()], options: { readonly batch?: number } = {}) => ({
  log: memoryLog(options),
  readStore: freshReadStore(),
  projections,
});

describe('the projector', () => {
  it('fills new projections in one pass, then follows the log', async () => {
    const stage = stageOf([tallyOf(), tallyOf({ name: 'double', times: 2 })], { batch: 3 });
    for (let by = 0; by < 10; by += 1) stage.log.append('thing-a', 'Added', { by });
    const { caughtUp, moves } = projecting(stage);
    await caughtUp();
    expect(moves).toEqual([
      { name: 'tally', position: positionAt(10), ids: null },
      { name: 'double', position: positionAt(10), ids: null },
    ]);
    stage.log.append('thing-b', 'Added', { by: 1 });
    await caughtUp();
    expect(moves.slice(2)).toEqual([
      { name: 'tally', position: positionAt(11), ids: ['b'] },
      { name: 'double', position: positionAt(11), ids: ['b'] },
    ]);
    expect(await bodiesOf(stage.readStore, 'double')).toEqual({
      a: { name: 'a', count: 10, sum: 90 },
      b: { name: 'b', count: 1, sum: 2 },
    });
  });

  it('reads once for each time it is told that the log has moved', async () => {
    const stage = stageOf();
    let reads = 0;
    const log: typeof stage.log = {
      ...stage.log,
      readAll: (options) => {
        reads += 1;
        return stage.log.readAll(options);
      },
    };
    const { caughtUp, until, engine, moves } = projecting({ ...stage, log });
    await caughtUp();
    const before = reads;
    for (let count = 0; count < 20; count += 1) {
      const { position } = stage.log.append('thing-a', 'Added', { by: 1 });
      engine.logMoved();
      await until(() => moves.at(-1)?.position === position);
    }
    // One more for what `caughtUp` told it.
    expect(reads - before).toBeLessThanOrEqual(21);
  });

  it('names no documents where very many have changed', async () => {
    const stage = stageOf();
    const { caughtUp, moves, engine } = projecting(stage);
    await caughtUp();
    for (let thing = 0; thing < 1001; thing += 1)
      stage.log.append(`thing-${String(thing)}`, 'Added', { by: 1 });
    engine.logMoved();
    await caughtUp();
    expect(moves.at(-1)).toEqual({ name: 'tally', position: positionAt(1001), ids: null });
  });

  it('goes on where it stopped, without filling again', async () => {
    const stage = stageOf();
    stage.log.append('thing-a', 'Added', { by: 1 });
    const first = projecting(stage);
    await first.caughtUp();
    await first.stop();
    stage.log.append('thing-a', 'Added', { by: 2 });
    const second = projecting(stage);
    await second.caughtUp();
    expect(await bodiesOf(stage.readStore, 'tally')).toMatchObject({ a: { count: 2, sum: 3 } });
    expect(second.engine.states()).toMatchObject([
      { state: 'live', generation: 1_000_001, job: { kind: 'refold' } },
    ]);
  });

  it('drops what was half-filled and fills it again', async () => {
    const stage = stageOf();
    stage.log.append('thing-a', 'Added', { by: 1 });
    await stage.readStore.fill(tallyOf().spec, 1_000_001);
    const half = { id: 'ghost', position: positionAt(1), body: { name: 'ghost' }, blocked: null };
    await stage.readStore.write(
      { name: 'tally', generation: 1_000_001 },
      { documents: [half], checkpoint: positionAt(1) },
    );
    await projecting(stage).caughtUp();
    expect(Object.keys(await bodiesOf(stage.readStore, 'tally'))).toEqual(['a']);
  });

  it('fills a raised version beside the old one, which is served meanwhile', async () => {
    const stage = stageOf();
    stage.log.append('thing-a', 'Added', { by: 3 });
    const old = projecting(stage);
    await old.caughtUp();
    await old.stop();
    const gate = Promise.withResolvers<undefined>();
    const readStore: ReadStore = {
      ...stage.readStore,
      seal: async (...given) => {
        await gate.promise;
        await stage.readStore.seal(...given);
      },
    };
    const raised = { ...stage, readStore, projections: [tallyOf({ version: 2, times: 10 })] };
    const upgraded = projecting(raised);
    await upgraded.until(() => upgraded.jobOf('tally')?.phase === 'indexing');
    expect(upgraded.engine.states()).toMatchObject([{ state: 'outdated', generation: 1_000_001 }]);
    expect(await bodiesOf(stage.readStore, 'tally')).toMatchObject({ a: { sum: 3 } });
    gate.resolve(undefined);
    await upgraded.caughtUp();
    expect(upgraded.engine.states()).toMatchObject([{ state: 'live', generation: 2_000_001 }]);
    expect(await bodiesOf(stage.readStore, 'tally')).toMatchObject({ a: { sum: 30 } });
  });

  it('fills again what is ahead of the log: it came from another one', async () => {
    const stage = stageOf();
    stage.log.append('thing-a', 'Added', { by: 1 });
    stage.log.append('thing-a', 'Added', { by: 1 });
    const first = projecting(stage);
    await first.caughtUp();
    await first.stop();
    const restored = { ...stage, log: memoryLog() };
    restored.log.append('thing-z', 'Added', { by: 1 });
    await projecting(restored).caughtUp();
    expect(Object.keys(await bodiesOf(stage.readStore, 'tally'))).toEqual(['z']);
  });

  it('fills again, once, what was made of a log that was put back and has gone on in another way', async () => {
    const stage = stageOf();
    for (let by = 1; by <= 3; by += 1) stage.log.append('thing-a', 'Added', { by });
    const first = projecting(stage);
    await first.caughtUp();
    stage.log.append('thing-a', 'Added', { by: 4 });
    await first.caughtUp();
    await first.stop();
    // Beyond where the read models are: by its end alone it cannot be told from the one they were made of.
    const restored = { ...stage, log: memoryLog() };
    for (const by of [1, 2, 3, 50, 60]) restored.log.append('thing-a', 'Added', { by });
    const second = projecting(restored);
    await second.caughtUp();
    expect(await bodiesOf(stage.readStore, 'tally')).toMatchObject({ a: { count: 5, sum: 116 } });
    expect(second.engine.states()).toMatchObject([{ generation: 1_000_002, job: { kind: 'fill' } }]);
    await second.stop();
    const third = projecting(restored);
    await third.caughtUp();
    expect(third.engine.states()).toMatchObject([{ generation: 1_000_002, job: { kind: 'refold' } }]);
  });

  it('does so where the log was emptied and has gone on since', async () => {
    const stage = stageOf();
    for (let by = 1; by <= 3; by += 1) stage.log.append('thing-a', 'Added', { by });
    const first = projecting(stage);
    await first.caughtUp();
    await first.stop();
    const empty = { ...stage, log: memoryLog() };
    const second = projecting(empty);
    await second.until(() => second.jobOf('tally')?.phase === 'done');
    for (let by = 5; by <= 9; by += 1) empty.log.append('thing-z', 'Added', { by });
    await second.caughtUp();
    await second.stop();
    const third = projecting(empty);
    await third.caughtUp();
    expect(Object.keys(await bodiesOf(stage.readStore, 'tally'))).toEqual(['z']);
    expect(third.engine.states()).toMatchObject([{ job: { kind: 'refold' } }]);
  });

  it('ends with what the stores throw', async () => {
    const stage = stageOf();
    const broken = { ...stage.readStore, generations: () => Promise.reject(new Error('no such disk')) };
    expect(await projecting({ ...stage, readStore: broken }).ended()).toMatchObject({
      message: 'no such disk',
    });
  });
});

describe('a blocked document', () => {
  const blockedStage = () => {
    const stage = stageOf([tallyOf()], { batch: 2 });
    stage.log.append('thing-a', 'Added', { by: 1 });
    stage.log.append('thing-a', 'Doubled', { by: 2 });
    stage.log.append('thing-b', 'Added', { by: 7 });
    stage.log.append('thing-a', 'Added', { by: 4 });
    return stage;
  };
  const able = [tallyOf({ known: ['Added', 'Removed', 'Doubled'] })];

  it('is counted, and stays blocked while nothing can fold it', async () => {
    const stage = blockedStage();
    const { caughtUp, engine } = projecting(stage);
    await caughtUp();
    expect(engine.states()).toMatchObject([{ blocked: 1, blockedIds: ['a'] }]);
    expect(await engine.unblock('tally', 'a')).toMatchObject({ kind: 'still-blocked', type: 'Doubled' });
    expect(engine.states()).toMatchObject([{ blocked: 1 }]);
    expect(await documentsOf(stage.readStore, 'tally')).toMatchObject([
      { id: 'a', position: positionAt(4), body: { sum: 1 }, blocked: { parked: 2 } },
      { id: 'b', blocked: null },
    ]);
  });

  it('is folded again by a program that can, to the bytes of one that always could', async () => {
    const stage = blockedStage();
    const before = projecting(stage);
    await before.caughtUp();
    await before.stop();
    const upgraded = projecting({ ...stage, projections: able });
    await upgraded.caughtUp();
    expect(upgraded.engine.states()).toMatchObject([{ blocked: 0, blockedIds: [] }]);
    const clean = { ...stage, readStore: freshReadStore(), projections: able };
    await projecting(clean).caughtUp();
    expect(await digestOf(stage.readStore, 'tally')).toBe(await digestOf(clean.readStore, 'tally'));
  });

  it('is unblocked on request once its events can be folded', async () => {
    const stage = blockedStage();
    let isAble = false;
    const [capable] = able;
    const [usual] = stage.projections;
    if (capable === undefined || usual === undefined) throw new Error('no projection');
    const learning = {
      ...usual,
      fold: (...given: Parameters<typeof usual.fold>) => (isAble ? capable : usual).fold(...given),
    };
    const { caughtUp, engine, moves } = projecting({ ...stage, projections: [learning] });
    await caughtUp();
    isAble = true;
    expect(await engine.unblock('tally', 'a')).toEqual({ kind: 'unblocked' });
    expect(await bodiesOf(stage.readStore, 'tally')).toMatchObject({ a: { count: 3, sum: 7 } });
    expect(moves.at(-1)).toEqual({ name: 'tally', position: positionAt(4), ids: ['a'] });
  });

  it('takes no request for a document that is not blocked or not there', async () => {
    const { caughtUp, engine } = projecting(blockedStage());
    await caughtUp();
    expect(await engine.unblock('tally', 'b')).toMatchObject({ code: 'document_not_blocked' });
    expect(await engine.unblock('tally', 'x')).toMatchObject({ code: 'unknown_document' });
    expect(await engine.unblock('other', 'x')).toMatchObject({ code: 'unknown_projection' });
  });
});
