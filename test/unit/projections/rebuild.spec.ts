import { describe, expect, it } from 'vitest';
import type { ReadStore } from '../../../src/infra/read-store/port.ts';
import type { Projection } from '../../../src/projections/projection.ts';
import { dyingStore } from '../../support/dying-store.ts';
import { memoryLog, positionAt } from '../../support/memory-log.ts';
import type { MemoryLog } from '../../support/memory-log.ts';
import { bodiesOf, digestOf, freshReadStore, projecting } from '../../support/projecting.ts';
import type { Stage } from '../../support/projecting.ts';
import { tallyOf } from '../../support/tally.ts';

const stageOf = (batch = 4096): Stage => ({
  log: memoryLog({ batch }),
  readStore: freshReadStore(),
  projections: [tallyOf()],
});

const write = (log: MemoryLog, count: number): void => {
  for (let by = 0; by < count; by += 1) log.append(`thing-${String(by % 7)}`, 'Added', { by });
};

/** Changes a document behind everybody's back. */
const corrupt = async (store: ReadStore, id: string): Promise<void> => {
  const { live } = await store.generations('tally');
  const slot = { name: 'tally', generation: live ?? 0 };
  const [document] = await store.getMany(slot, [id]);
  if (document === undefined) throw new Error(`no document ${id}`);
  await store.replace(slot, { ...document, body: { ...document.body, sum: -1 } });
};

describe('a rebuild', () => {
  it('switches to an equal generation and keeps the one before', async () => {
    const stage = stageOf();
    write(stage.log, 50);
    const { caughtUp, engine, resultOf } = projecting(stage);
    await caughtUp();
    const started = await engine.rebuild('tally', { acceptChanges: false });
    expect(started).toMatchObject({ kind: 'started', job: { kind: 'rebuild', phase: 'waiting' } });
    const result = await resultOf('tally');
    expect(result).toMatchObject({
      kind: 'switched',
      comparison: { isEqual: true, documents: 7, differing: 0, differences: [], position: positionAt(50) },
    });
    const digest = await digestOf(stage.readStore, 'tally');
    expect(result).toMatchObject({ comparison: { digests: { live: digest, rebuilt: digest } } });
    expect(await stage.readStore.generations('tally')).toEqual({
      live: 1_000_002,
      previous: 1_000_001,
      filling: null,
    });
  });

  it.each(['rebuild', 'verify'] as const)('compares documents that are written once (%s)', async (kind) => {
    const tally = tallyOf();
    const once: Projection = {
      ...tally,
      spec: { ...tally.spec, isWrittenOnce: true },
      keysOf: ({ stream, revision }) => [`${stream}/${String(revision)}`],
    };
    const stage = { ...stageOf(64), projections: [once] };
    write(stage.log, 3000);
    const { caughtUp, engine, resultOf } = projecting(stage);
    await caughtUp();
    write(stage.log, 100);
    await caughtUp();
    await (kind === 'verify' ? engine.verify('tally') : engine.rebuild('tally', { acceptChanges: false }));
    expect(await resultOf('tally')).toMatchObject({ comparison: { isEqual: true, documents: 3100 } });
  });

  it('takes in what is written meanwhile, in both generations', async () => {
    const stage = stageOf(5);
    write(stage.log, 100);
    const { caughtUp, engine, jobOf, until, moves } = projecting(stage);
    await caughtUp();
    const before = moves.length;
    await engine.rebuild('tally', { acceptChanges: false });
    await until(() => {
      // One event for each look, so that neither generation is at rest for long.
      if (stage.log.events.length < 160) write(stage.log, 1);
      engine.logMoved();
      return jobOf('tally')?.phase === 'done';
    });
    expect(stage.log.events.length).toBeGreaterThan(100);
    expect(moves.length).toBeGreaterThan(before + 1);
    await caughtUp();
    expect(jobOf('tally')?.result).toMatchObject({ kind: 'switched', comparison: { isEqual: true } });
    const fresh = { ...stage, readStore: freshReadStore() };
    await projecting(fresh).caughtUp();
    expect(await digestOf(stage.readStore, 'tally')).toBe(await digestOf(fresh.readStore, 'tally'));
  });

  it('keeps the live generation where the new one differs, and names what differs', async () => {
    const stage = stageOf();
    write(stage.log, 20);
    const { caughtUp, engine, resultOf } = projecting(stage);
    await caughtUp();
    await corrupt(stage.readStore, '3');
    await engine.rebuild('tally', { acceptChanges: false });
    expect(await resultOf('tally')).toMatchObject({
      kind: 'kept',
      comparison: {
        isEqual: false,
        differing: 1,
        differences: [{ id: '3', kind: 'changed', fields: ['sum'] }],
      },
    });
    expect(await stage.readStore.generations('tally')).toMatchObject({ live: 1_000_001, filling: null });
  });

  it('switches to a different generation where changes are accepted', async () => {
    const stage = stageOf();
    write(stage.log, 20);
    const { caughtUp, engine, resultOf } = projecting(stage);
    await caughtUp();
    await corrupt(stage.readStore, '3');
    await engine.rebuild('tally', { acceptChanges: true });
    expect(await resultOf('tally')).toMatchObject({ kind: 'switched', comparison: { differing: 1 } });
    expect(await bodiesOf(stage.readStore, 'tally')).toMatchObject({ 3: { sum: 3 + 10 + 17 } });
  });

  it('goes one at a time for each projection', async () => {
    const stage = stageOf();
    write(stage.log, 20);
    const { caughtUp, engine, resultOf } = projecting(stage);
    await caughtUp();
    await engine.rebuild('tally', { acceptChanges: false });
    expect(await engine.rebuild('tally', { acceptChanges: true })).toMatchObject({ code: 'projection_busy' });
    expect(await engine.rollback('tally')).toMatchObject({ code: 'projection_busy' });
    expect(await resultOf('tally')).toMatchObject({ kind: 'switched' });
  });
});

describe('a verification', () => {
  it('names the documents that are not what the log says, and changes nothing', async () => {
    const stage = stageOf();
    write(stage.log, 20);
    const { caughtUp, engine, resultOf } = projecting(stage);
    await caughtUp();
    await engine.verify('tally');
    expect(await resultOf('tally')).toMatchObject({ kind: 'verified', comparison: { isEqual: true } });
    await corrupt(stage.readStore, '5');
    await engine.verify('tally');
    expect(await resultOf('tally')).toMatchObject({
      kind: 'verified',
      comparison: { isEqual: false, differences: [{ id: '5', fields: ['sum'] }] },
    });
    expect(await bodiesOf(stage.readStore, 'tally')).toMatchObject({ 5: { sum: -1 } });
    expect(await stage.readStore.generations('tally')).toEqual({
      live: 1_000_001,
      previous: null,
      filling: null,
    });
  });

  it('tells documents that should not be there from those that are missing', async () => {
    const stage = stageOf();
    write(stage.log, 3);
    const { caughtUp, engine, resultOf } = projecting(stage);
    await caughtUp();
    const slot = { name: 'tally', generation: 1_000_001 };
    await stage.readStore.replace(slot, { id: 'ghost', position: positionAt(1), body: {}, blocked: null });
    stage.log.append('thing-late', 'Added', { by: 1 });
    await engine.verify('tally');
    engine.logMoved();
    expect(await resultOf('tally')).toMatchObject({
      comparison: { differing: 1, differences: [{ id: 'ghost', kind: 'only-live' }] },
    });
  });
});

describe('a rollback', () => {
  it('takes nothing back that was there already, whatever is written meanwhile', async () => {
    const { log, ...stage } = stageOf();
    write(log, 20);
    let more = 0;
    const readAll: MemoryLog['readAll'] = async (options) => {
      const slice = await log.readAll(options);
      if (more > 0) write(log, 1);
      more -= 1;
      return slice;
    };
    const { caughtUp, engine, moves, resultOf } = projecting({ ...stage, log: { ...log, readAll } });
    await caughtUp();
    await engine.rebuild('tally', { acceptChanges: false });
    await resultOf('tally');
    more = 20;
    expect(await engine.rollback('tally')).toMatchObject({ kind: 'rolled-back' });
    more = 0;
    await caughtUp();
    const positions = moves.map(({ position }) => position);
    expect(positions).toEqual(positions.toSorted());
  });

  it('brings the earlier generation up to date before it switches', async () => {
    const stage = stageOf();
    write(stage.log, 20);
    const { caughtUp, engine, resultOf } = projecting(stage);
    await caughtUp();
    await corrupt(stage.readStore, '3');
    await engine.rebuild('tally', { acceptChanges: true });
    await resultOf('tally');
    stage.log.append('thing-9', 'Added', { by: 9 });
    await caughtUp();
    expect(await engine.rollback('tally')).toEqual({ kind: 'rolled-back', generation: 1_000_001 });
    expect(await bodiesOf(stage.readStore, 'tally')).toMatchObject({ 3: { sum: -1 }, 9: { sum: 9 } });
    expect(await stage.readStore.generations('tally')).toMatchObject({
      live: 1_000_001,
      previous: 1_000_002,
    });
    stage.log.append('thing-9', 'Added', { by: 1 });
    await caughtUp();
    expect(await bodiesOf(stage.readStore, 'tally')).toMatchObject({ 9: { sum: 10 } });
  });

  it('is refused without an earlier generation of the same version', async () => {
    const stage = stageOf();
    const first = projecting(stage);
    await first.caughtUp();
    expect(await first.engine.rollback('tally')).toMatchObject({ code: 'no_previous_generation' });
    await first.stop();
    const upgraded = projecting({ ...stage, projections: [tallyOf({ version: 2 })] });
    await upgraded.caughtUp();
    expect(await stage.readStore.generations('tally')).toMatchObject({ previous: 1_000_001 });
    expect(await upgraded.engine.rollback('tally')).toMatchObject({ code: 'no_previous_generation' });
  });
});

describe('a kill at any point of two rebuilds (F-P-01, F-X-08)', () => {
  it.each([false, true])(
    'leaves the old or the new generation, whole (after the call: %s)',
    async (isAfter) => {
      const clean = stageOf(256);
      write(clean.log, 2100);
      await projecting(clean).caughtUp();
      const wanted = await digestOf(clean.readStore, 'tally');
      let deaths = 0;
      for (let at = 1; ; at += 1) {
        const stage = { ...stageOf(256), log: clean.log };
        const first = projecting(stage);
        await first.caughtUp();
        await first.stop();
        const dying = dyingStore(stage.readStore, at, isAfter);
        const second = projecting({ ...stage, readStore: dying });
        for (let rebuilds = 0; rebuilds < 2 && !dying.hasDied(); rebuilds += 1) {
          await second.until(() => dying.hasDied() || second.jobOf('tally')?.phase === 'done');
          await second.engine.rebuild('tally', { acceptChanges: true });
          await second.until(() => dying.hasDied() || second.jobOf('tally')?.phase === 'done');
        }
        if (!dying.hasDied()) break;
        expect(await second.ended()).toMatchObject({ message: 'killed' });
        deaths += 1;
        expect(await digestOf(stage.readStore, 'tally')).toBe(wanted);
        const third = projecting(stage);
        await third.caughtUp();
        expect(await digestOf(stage.readStore, 'tally')).toBe(wanted);
        expect(await stage.readStore.generations('tally')).toMatchObject({ filling: null });
        await third.stop();
      }
      // Per rebuild: fill, two writes, seal, switch; and dropping the oldest before the second switch.
      expect(deaths).toBe(11);
    },
  );
});
