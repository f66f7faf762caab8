import { setTimeout as pass } from 'node:timers/promises';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { startKafka } from '../support/servers/kafka.ts';
import { startMongo } from '../support/servers/mongo.ts';
import { allEnded } from '../support/stack/all-ended.ts';
import { countedRuns, runsIn } from '../support/stack/counted-runs.ts';
import { startLogServer } from '../support/stack/log-server.ts';
import { EVENTS, distinctIds, readTopics } from '../support/stack/read-topics.ts';
import { deploymentOn } from '../support/stack/skald-on-servers.ts';
import { publishedFlaws, selected, stackFlaws } from '../support/stack/stack-checks.ts';
import { stackLoad } from '../support/stack/stack-load.ts';

// Longer than any lease, session and deadline.
const PAUSED_MS = Number(process.env['PAUSED_SECONDS'] ?? 30) * 1000;
const CATCH_UP_MS = 30_000;
const SESSION_MS = 10_000;
const PER_SECOND = Number(process.env['RUNS_PER_SECOND'] ?? 3);

const log = await startLogServer();
const mongo = await startMongo();
const kafka = await startKafka();
afterAll(() => Promise.all([log.stop(), mongo.stop(), kafka.stop()]));

describe('a process with all roles that stands still under load, and wakes up (F-P-08)', () => {
  it(
    'has been replaced meanwhile, and what it goes on with does no harm',
    { timeout: 2 * PAUSED_MS + 300_000 },
    async () => {
      const deployment = deploymentOn({ log: log.url, mongo: mongo.url, brokers: kafka.brokers }, SESSION_MS);
      const load = await stackLoad(deployment, PER_SECOND);
      onTestFinished(load.stop);
      const sleeper = await deployment.start();
      load.doors.up('a', sleeper.address);
      await load.begin();
      await load.until(() => load.watch.ended.size >= 2 * PER_SECOND);
      // It has all singletons, and is in the middle of its work.
      const other = await deployment.start();
      load.doors.up('b', other.address);
      await load.until(() => (load.claims.get('b') ?? 0) >= PER_SECOND);

      load.doors.down('a');
      sleeper.pause();
      const [before, endedBefore] = [load.runs.size, load.watch.ended.size];
      await pass(PAUSED_MS);
      const [started, ended] = [load.runs.size - before, load.watch.ended.size - endedBefore];
      sleeper.resume();
      load.doors.up('a', sleeper.address);
      const awake = load.claims.get('a') ?? 0;
      await load.until(() => (load.claims.get('a') ?? 0) > awake + PER_SECOND);
      await allEnded(load, [...load.runs.keys()]);
      await load.drain();

      const events = await load.watch.events();
      const published = await readTopics(deployment, EVENTS);
      onTestFinished(published.stop);
      const caughtUp = { timeout: CATCH_UP_MS, interval: 100 };
      await expect.poll(() => distinctIds(published.records), caughtUp).toBe(selected(events).length);
      for (const { address } of [sleeper, other])
        await expect.poll(() => countedRuns(address), caughtUp).toEqual(runsIn(events));
      console.log(`while it stood still ${started} runs began and ${ended} ended`);
      expect(ended).toBeGreaterThan(0);
      expect(stackFlaws(events, load)).toEqual([]);
      expect(publishedFlaws(events, published.records)).toEqual([]);
      for (const server of [sleeper, other]) expect(await server.stop()).toBe(0);
    },
  );
});
