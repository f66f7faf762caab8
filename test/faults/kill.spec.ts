import { randomInt } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { embeddedEventStore } from '../../src/infra/event-store/embedded/embedded.ts';
import type { StoredEvent } from '../../src/infra/event-store/port.ts';
import { readAllOf } from '../support/events.ts';
import { freshDirectory } from '../support/fresh-directory.ts';
import { flawsOf, openAt, runStreams } from '../support/saga-history.ts';
import { registerLoad, sagaLoad } from '../support/saga-load.ts';
import { startSkald } from '../support/skald-server.ts';

const OPEN_RUNS = 200;
const KILLS = 25;
/** Shorter than in life, so that tasks whose holder never learned of them come back within the test. */
const SETTINGS = { LEASE_MS: '3000' };

const logOf = async (dataDir: string): Promise<readonly StoredEvent[]> => {
  const store = await embeddedEventStore({ dataDir });
  const events = await readAllOf(store, { max: 4096 });
  await store.close();
  return events;
};

describe('a server killed while 200 runs are under way', () => {
  it(
    'loses no acknowledged command and gives no step two outcomes, 25 times over',
    { timeout: 120_000 },
    async () => {
      const dataDir = freshDirectory();
      const load = sagaLoad(OPEN_RUNS + 20);
      let server = await startSkald(dataDir, SETTINGS);
      await registerLoad(server.address);
      load.calls.up(server.address);
      const killedAt: number[] = [];
      for (let kill = 0; kill < KILLS; kill += 1) {
        const point = load.acknowledged() + randomInt(1, 400);
        await load.until(() => load.acknowledged() >= point && load.open() >= OPEN_RUNS);
        load.calls.down();
        killedAt.push(Date.now());
        await server.kill();
        server = await startSkald(dataDir, SETTINGS);
        load.calls.up(server.address);
      }
      await load.drain();

      const again = [...load.runs].filter((_, index) => index % 10 === 0);
      const resent = await Promise.all(again.map(([, { orchName, key }]) => load.sendStart(orchName, key)));
      expect(resent).toEqual(again.map(([flowId]) => flowId));
      expect([...load.calls.statuses.keys()]).toEqual([200]);
      expect(await server.stop()).toBe(0);

      const streams = runStreams(await logOf(dataDir));
      expect(flawsOf(streams, load)).toEqual([]);
      const open = killedAt.map((moment) => openAt(streams, moment));
      expect(Math.min(...open), `runs open at the kills: ${open.join()}`).toBeGreaterThan(OPEN_RUNS / 2);
      expect(load.calls.lost()).toBeGreaterThanOrEqual(KILLS);
      const heldOver = load.answers.filter(({ isHeldOver, outcome }) => isHeldOver && outcome === 'accepted');
      expect(heldOver.length).toBeGreaterThanOrEqual(KILLS);
      console.log({
        runs: load.runs.size,
        answers: load.answers.length,
        lost: load.calls.lost(),
        heldOver: heldOver.length,
        open: open.join(),
      });
    },
  );
});
