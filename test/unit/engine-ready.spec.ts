// Whoever is told that the engine is ready may take tasks and answer them: what was open must be on offer, or held, by then.
import { expect, it } from 'vitest';
import { createEngine } from '../../src/commands/engine/engine.ts';
import type { Snapshots } from '../../src/infra/snapshots/port.ts';
import { memoryTaskQueue } from '../../src/infra/task-queue/memory.ts';
import { openRunsWorld } from '../support/open-runs-world.ts';

/** A log in which runs are open, each with a task, and an engine that has seen nothing of it. */
const afterRestart = async (runs: number, around: { readonly save: Snapshots['save'] }) => {
  const seen: string[] = [];
  const queue = memoryTaskQueue();
  const offer = async (task: Parameters<typeof queue.offer>[0]): Promise<void> => {
    await new Promise((resolve) => setImmediate(resolve));
    await queue.offer(task);
    seen.push('offered');
  };
  const deps = await openRunsWorld(runs, () => ({ ...queue, offer }));
  const engine = createEngine({
    ...deps,
    snapshots: { load: () => Promise.resolve(undefined), save: around.save },
    onTrouble: (_flowId, error) => expect.fail(String(error)),
  });
  return { engine, seen };
};

it('is ready when the tasks of all open runs are on offer, not before', async () => {
  const { engine, seen } = await afterRestart(3, { save: () => Promise.resolve() });
  const stop = new AbortController();
  const running = engine.run(stop.signal);
  await engine.ready.then(() => seen.push('ready'));
  stop.abort();
  await running;
  expect(seen).toEqual(['offered', 'offered', 'offered', 'ready']);
});

it('is ready before it has kept anything for the next start', async () => {
  let keep = (): void => undefined;
  const kept = new Promise<void>((resolve) => (keep = resolve));
  const { engine } = await afterRestart(1, { save: () => kept });
  const stop = new AbortController();
  const running = engine.run(stop.signal);
  await engine.ready;
  keep();
  stop.abort();
  await running;
});
