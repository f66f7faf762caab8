import { randomInt } from 'node:crypto';
import { setTimeout as pass } from 'node:timers/promises';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { startKafka } from '../support/servers/kafka.ts';
import { startMongo } from '../support/servers/mongo.ts';
import type { SkaldServer } from '../support/skald-server.ts';
import { countedRuns, runsIn } from '../support/stack/counted-runs.ts';
import { allEnded } from '../support/stack/all-ended.ts';
import type { Door } from '../support/stack/doors.ts';
import { startLogServer } from '../support/stack/log-server.ts';
import { EVENTS, distinctIds, readTopics } from '../support/stack/read-topics.ts';
import { deploymentOn } from '../support/stack/skald-on-servers.ts';
import type { Deployment } from '../support/stack/skald-on-servers.ts';
import { publishedFlaws, selected, stackFlaws } from '../support/stack/stack-checks.ts';
import { stackLoad } from '../support/stack/stack-load.ts';
import type { StackLoad } from '../support/stack/stack-load.ts';

// In full: CHAOS_SECONDS=180.
const CHAOS_MS = Number(process.env['CHAOS_SECONDS'] ?? 60) * 1000;
const BETWEEN_KILLS_MS = 15_000;
const CATCH_UP_MS = 30_000;
const DEADLINE_MS = 10_000;
const SESSION_MS = 10_000;
// A store without secondary indexes must keep up with it too.
const PER_SECOND = Number(process.env['RUNS_PER_SECOND'] ?? 8);

const log = await startLogServer();
const mongo = await startMongo();
const kafka = await startKafka();
afterAll(() => Promise.all([log.stop(), mongo.stop(), kafka.stop()]));

/** Processes of one deployment, behind the doors of a load. */
const processesOf = (deployment: Deployment, { doors }: StackLoad) => {
  const servers = new Map<Door, SkaldServer>();
  return {
    all: () => [...servers.values()],
    up: async (door: Door): Promise<void> => {
      const server = await deployment.start();
      servers.set(door, server);
      doors.up(door, server.address);
    },
    kill: async (door: Door): Promise<void> => {
      doors.down(door);
      await servers.get(door)?.kill();
    },
  };
};

const deploy = async () => {
  const deployment = deploymentOn({ log: log.url, mongo: mongo.url, brokers: kafka.brokers }, SESSION_MS);
  const load = await stackLoad(deployment, PER_SECOND);
  onTestFinished(load.stop);
  const processes = processesOf(deployment, load);
  await processes.up('a');
  await load.begin();
  return { deployment, load, processes };
};

/** Kills one or the other until the time is over; resolves with when the last kill was. */
const disturb = async ({ up, kill }: ReturnType<typeof processesOf>) => {
  const beganAt = performance.now();
  let [kills, lastAt] = [0, beganAt];
  while ((kills + 1) * BETWEEN_KILLS_MS <= CHAOS_MS) {
    await pass(beganAt + (kills + 1) * BETWEEN_KILLS_MS - performance.now());
    // The first process has all singletons until then: it goes first.
    const victim: Door = kills === 0 || randomInt(2) === 0 ? 'a' : 'b';
    lastAt = performance.now();
    await kill(victim);
    kills += 1;
    await up(victim);
  }
  return { kills, lastAt };
};

describe('two processes with all roles, one of them killed every 15 s under load', () => {
  it(
    'do everything once between them, and have caught up within 30 s',
    { timeout: CHAOS_MS + 240_000 },
    async () => {
      const { deployment, load, processes } = await deploy();
      await load.until(() => load.watch.ended.size >= PER_SECOND);
      await processes.up('b');
      // The first process offers every task, and the second one's workers are served.
      await load.until(() => (load.claims.get('b') ?? 0) >= 2 * PER_SECOND);
      const { kills, lastAt } = await disturb(processes);
      const sinceMs = performance.now() - lastAt;
      const caughtUpMs = sinceMs + (await allEnded(load, [...load.runs.keys()]));
      await load.drain();

      const events = await load.watch.events();
      const published = await readTopics(deployment, EVENTS);
      onTestFinished(published.stop);
      const caughtUp = { timeout: CATCH_UP_MS, interval: 100 };
      await expect.poll(() => distinctIds(published.records), caughtUp).toBe(selected(events).length);
      for (const { address } of processes.all())
        await expect.poll(() => countedRuns(address), caughtUp).toEqual(runsIn(events));

      expect(stackFlaws(events, load)).toEqual([]);
      expect(publishedFlaws(events, published.records)).toEqual([]);
      expect(kills).toBeGreaterThan(0);
      expect(caughtUpMs).toBeLessThan(CATCH_UP_MS);
      expect(Math.max(...load.doors.notes.map(({ tookMs }) => tookMs))).toBeLessThan(DEADLINE_MS);
      // Both served workers all along, and what was claimed through one was answered through the other.
      expect(Math.min(...load.claims.values())).toBeGreaterThan(kills * PER_SECOND);
      const across = load.answers.filter(({ claimedAt, answeredAt }) => claimedAt !== answeredAt);
      expect(across.length).toBeGreaterThan(0);
      console.log(
        `${kills} kills, ${load.runs.size} runs, ${events.length} events; caught up ${Math.round(caughtUpMs)} ms after the last kill;`,
        `claimed through each ${[...load.claims.values()].join()}, answered through the other ${across.length};`,
        `published ${published.records.length} for ${selected(events).length}`,
      );
      for (const server of processes.all()) expect(await server.stop()).toBe(0);
    },
  );
});
