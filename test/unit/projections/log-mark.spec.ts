// Read models that were made of another log.
import { describe, expect, it } from 'vitest';
import type { ReadStore } from '../../../src/infra/read-store/port.ts';
import { dyingStore } from '../../support/dying-store.ts';
import { memoryLog } from '../../support/memory-log.ts';
import { bodiesOf, freshReadStore, projecting } from '../../support/projecting.ts';
import { tallyOf } from '../../support/tally.ts';

const OLD = [1, 2, 3];
const RESTORED = [1, 50, 60, 70];
const GROWN = [...RESTORED, 80];

const stageOf = (readStore: ReadStore, amounts: readonly number[]) => {
  const log = memoryLog();
  for (const by of amounts) log.append('thing-a', 'Added', { by });
  return { log, readStore, projections: [tallyOf(), tallyOf({ name: 'double', times: 2 })] };
};

/** Read models of a log that was put back and has gone on in another way since. */
const madeOfAnother = async (): Promise<ReadStore> => {
  const readStore = freshReadStore();
  const first = projecting(stageOf(readStore, OLD));
  await first.caughtUp();
  await first.stop();
  return readStore;
};

/** How each of the two came about at a start that ends up to date, with nothing left to go back to. */
const startedOn = async (readStore: ReadStore, amounts: readonly number[]) => {
  const { engine, caughtUp, stop } = projecting(stageOf(readStore, amounts));
  await caughtUp();
  const sum = amounts.reduce((all, by) => all + by, 0);
  expect(await bodiesOf(readStore, 'tally')).toMatchObject({ a: { count: amounts.length, sum } });
  expect(await bodiesOf(readStore, 'double')).toMatchObject({ a: { sum: 2 * sum } });
  const states = engine.states();
  await stop();
  return states.map(({ job }) => job?.kind);
};

describe('read models of another log', () => {
  it('are nothing that anybody may go back to', async () => {
    const readStore = await madeOfAnother();
    const { engine, caughtUp } = projecting(stageOf(readStore, RESTORED));
    await caughtUp();
    expect(await engine.rollback('tally')).toMatchObject({ code: 'no_previous_generation' });
    expect(await bodiesOf(readStore, 'tally')).toMatchObject({ a: { count: 4, sum: 181 } });
  });

  it.each([false, true])(
    'are made anew wherever that is cut off, and then no more (after the call: %s)',
    async (isAfter) => {
      let deaths = 0;
      for (let at = 1; ; at += 1) {
        const readStore = await madeOfAnother();
        const dying = dyingStore(readStore, at, isAfter);
        const second = projecting({ ...stageOf(readStore, RESTORED), readStore: dying });
        const isDone = () => second.engine.states().every(({ job }) => job?.phase === 'done');
        await second.until(() => dying.hasDied() || isDone());
        await second.stop();
        if (!dying.hasDied()) break;
        deaths += 1;
        await startedOn(readStore, GROWN);
        expect((await readStore.generations('tally')).previous ?? 0).not.toBe(1_000_001);
        expect(await startedOn(readStore, GROWN)).toEqual(['refold', 'refold']);
      }
      expect(deaths).toBeGreaterThan(10);
    },
  );
});
