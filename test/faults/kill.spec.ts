import { randomInt } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { freshDirectory } from '../support/fresh-directory.ts';
import { flawsOf, openAt, runStreams } from '../support/saga-history.ts';
import { registerLoad, sagaLoad } from '../support/saga-load.ts';
import { startSkald } from '../support/skald-server.ts';

const OPEN_RUNS = 200;
const KILLS = 25;
const MOST_ANSWERS_BETWEEN_KILLS = 250;

/** A lease shorter than in life: tasks whose holder never learned of them come back within the test. */
const quickSettings = async () => {
  const settings = { LEASE_MS: '3000', NODE_COMPILE_CACHE: freshDirectory() };
  // The cache, which makes starts a third shorter, is written by a process that ends by itself.
  await (await startSkald(freshDirectory(), settings)).stop();
  return settings;
};

describe('a server killed while 200 runs are under way (F-P-02)', () => {
  it(
    'loses no acknowledged command and gives no step two outcomes, 25 times over',
    { timeout: 300_000 },
    async () => {
      const dataDir = freshDirectory();
      const settings = await quickSettings();
      const load = sagaLoad(OPEN_RUNS + 20);
      let server = await startSkald(dataDir, settings);
      await registerLoad(server.address);
      load.calls.up(server.address);
      const killedAt: number[] = [];
      while (killedAt.length < KILLS) {
        const point = load.acknowledged() + randomInt(1, MOST_ANSWERS_BETWEEN_KILLS);
        await load.until(() => load.acknowledged() >= point && load.open() >= OPEN_RUNS);
        load.calls.down();
        killedAt.push(Date.now());
        await server.kill();
        server = await startSkald(dataDir, settings);
        load.calls.up(server.address);
      }
      await load.drain();

      const again = [...load.runs].filter((_, index) => index % 10 === 0);
      const resent = await Promise.all(again.map(([, { orchName, key }]) => load.sendStart(orchName, key)));
      expect(resent).toEqual(again.map(([flowId]) => flowId));
      expect([...load.calls.statuses.keys()]).toEqual([200]);
      expect(await server.stop()).toBe(0);

      const streams = await runStreams(dataDir);
      expect(flawsOf(streams, load)).toEqual([]);
      expect(flawsOf(new Map([...streams].slice(1)), load), 'with one run taken away').not.toEqual([]);
      // The kills came in the middle of the work: by the log, most runs went on after them, calls were cut,
      // and tasks claimed before a kill were answered after it.
      const open = killedAt.map((moment) => openAt(streams, moment));
      expect(Math.min(...open), `runs open at the kills: ${open.join()}`).toBeGreaterThan(OPEN_RUNS / 2);
      expect(load.calls.lost()).toBeGreaterThan(KILLS);
      const heldOver = load.answers.filter(({ isHeldOver, outcome }) => isHeldOver && outcome === 'accepted');
      expect(heldOver.length).toBeGreaterThan(KILLS);
    },
  );
});
