// Whoever has lost the reactor's lease must end, so that it can be begun again: also while nothing it tries succeeds.
import { setImmediate as settled } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createEngine } from '../../src/commands/engine/engine.ts';
import { MongoUnavailable } from '../../src/infra/mongodb/errors.ts';
import { memoryTaskQueue } from '../../src/infra/task-queue/memory.ts';
import { openRunsWorld } from '../support/open-runs-world.ts';

const AWAY_MS = 5000;
/** An engine that finds open runs, over a queue whose server is away: each call fails after five seconds. */
const whileAway = async (runs: number) => {
  let calls = 0;
  const deps = await openRunsWorld(runs, (clock) => {
    const away = async (): Promise<never> => {
      calls += 1;
      await new Promise<void>((resolve) => clock.schedule(AWAY_MS, resolve));
      throw new MongoUnavailable('ServerLost', 'no server');
    };
    return { ...memoryTaskQueue(), offer: away, overdue: away };
  });
  const engine = createEngine({ ...deps, onTrouble: () => undefined });
  return { clock: deps.clock, engine, calls: () => calls };
};

it('an engine that is told to stop ends with what is under way, and tries nothing of it again', async () => {
  const { clock, engine, calls } = await whileAway(3);
  const stop = new AbortController();
  let hasEnded = false;
  const running = engine.run(stop.signal).then(() => (hasEnded = true));
  await clock.advance(4 * AWAY_MS, settled);
  expect(calls()).toBeGreaterThan(3);
  stop.abort();
  await clock.advance(AWAY_MS, settled);
  await settled();
  expect(hasEnded).toBe(true);
  const before = calls();
  await clock.advance(600_000, settled);
  expect(calls()).toBe(before);
  await running;
});
