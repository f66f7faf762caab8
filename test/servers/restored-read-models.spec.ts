// An operator puts read models back to an earlier state while a process writes them (F-M-10).
import { randomBytes } from 'node:crypto';
import { afterAll, expect, it, onTestFinished } from 'vitest';
import { aNamespace } from '../support/event-store-db.ts';
import { freshDirectory } from '../support/fresh-directory.ts';
import { memoryLog } from '../support/memory-log.ts';
import { connectedStore, dumped } from '../support/mongo-stores.ts';
import { play } from '../support/past-moves.ts';
import { askAt } from '../support/past-record.ts';
import { bodiesOf, projecting } from '../support/projecting.ts';
import { startMongo } from '../support/servers/mongo.ts';
import { startSkald } from '../support/skald-server.ts';
import { countedRuns } from '../support/stack/counted-runs.ts';
import { startLogServer } from '../support/stack/log-server.ts';
import { tallyOf } from '../support/tally.ts';

const [log, mongo] = await Promise.all([startLogServer(), startMongo()]);
afterAll(async () => {
  await Promise.all([log.stop(), mongo.stop()]);
});

const WITHIN = { timeout: 60_000, interval: 100 };

it('are brought up to the log again by the process that runs', { timeout: 240_000 }, async () => {
  const namespace = aNamespace();
  const { address, output } = await startSkald(freshDirectory(), {
    ...{ EVENTSTOREDB_URL: log.url, MONGODB_URL: mongo.url, NAMESPACE: namespace, BUS: 'off' },
    MASTER_KEY: randomBytes(32).toString('hex'),
  });
  const ask = askAt(address);
  await play(ask, { kind: 'define', pick: 0 });
  const runs = async (count: number): Promise<void> => {
    for (let number = 0; number < count; number += 1) await play(ask, { kind: 'start', pick: 0 });
  };
  const total = () => countedRuns(address).then((counted) => counted.total);
  await runs(3);
  await expect.poll(total, WITHIN).toBe(3);
  const reader = await connectedStore({ url: mongo.url, namespace });
  onTestFinished(reader.close);
  const restore = await dumped(reader, '_read1');
  await runs(3);
  await expect.poll(total, WITHIN).toBe(6);
  await restore();
  expect(await total()).toBe(3);
  await runs(1);
  await expect.poll(total, WITHIN).toBe(7);
  expect(output()).toContain('an earlier state');
});

it('are made again at the start after the log was put back, also where it has grown past them', async () => {
  const { store: readStore, close } = await connectedStore({ url: mongo.url });
  onTestFinished(close);
  const stage = (...amounts: readonly number[]) => {
    const log = memoryLog();
    for (const by of amounts) log.append('thing-a', 'Added', { by });
    return { log, readStore, projections: [tallyOf()] };
  };
  for (const amounts of [[1, 2, 3], [1, 50, 60, 70, 80], [5]]) {
    const { caughtUp, stop } = projecting(stage(...amounts));
    await caughtUp();
    const sum = amounts.reduce((all, by) => all + by, 0);
    expect(await bodiesOf(readStore, 'tally')).toMatchObject({ a: { sum } });
    await stop();
  }
});
