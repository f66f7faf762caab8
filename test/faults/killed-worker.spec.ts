import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { flawsOf, runStreams } from '../support/saga-history.ts';
import { streamWorld } from '../support/stream-world.ts';
import { successOf } from '../support/worker-answers.ts';
import { workerClient } from '../support/worker-clients.ts';

const TASKS = 500;
const ANSWERED_BEFORE_THE_KILL = 50;
const WORKER = fileURLToPath(new URL('../support/stream-worker-process.ts', import.meta.url));
const WAIT = { timeout: 60_000, interval: 2 };

/** A worker that begins to answer once it holds that many tasks. */
const startWorker = (port: number, tasks: number) => {
  const child = spawn(process.execPath, [WORKER, String(port), 'billing', String(tasks)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const closed = once(child, 'close');
  return {
    /** Runs whose answer it was told of. */
    acknowledged: () => [...output.matchAll(/^accepted (\S+)$/gm)].map(([, flowId]) => flowId ?? ''),
    kill: async (): Promise<void> => {
      child.kill('SIGKILL');
      await closed;
    },
  };
};

describe('a worker killed while it holds 500 tasks', () => {
  it('has all it had not answered handed out again, and no step gets two outcomes', async () => {
    const world = await streamWorld();
    await world.register();
    const killed = startWorker(world.port, TASKS);
    await world.start(TASKS);
    await vi.waitFor(
      () => expect(killed.acknowledged().length).toBeGreaterThanOrEqual(ANSWERED_BEFORE_THE_KILL),
      WAIT,
    );
    await killed.kill();
    const done = new Set(killed.acknowledged());
    expect(done.size).toBeLessThan(TASKS);

    const next = await workerClient(world.port);
    next.hello('billing', TASKS);
    const answer = (): void => {
      const tasks = next.tasks().filter(({ flowId }) => !answered.has(flowId));
      for (const { flowId } of tasks) answered.add(flowId);
      if (tasks.length > 0) next.send({ type: 'answers', answers: tasks.slice(0, 500).map(successOf) });
    };
    const answered = new Set<string>();
    next.socket.on('message', answer);
    for (const flowId of world.runs.keys()) await world.untilCompleted(flowId);
    // Some answers may have arrived that nobody was told of any more: those tasks are not handed out again.
    expect(next.tasks().length).toBeGreaterThan(TASKS / 2);
    expect(next.tasks().length).toBeLessThanOrEqual(TASKS - done.size);
    expect(next.tasks().filter(({ attempt }) => attempt !== 2)).toEqual([]);
    expect(next.tasks().filter(({ flowId }) => done.has(flowId))).toEqual([]);
    expect(await world.stop()).toBe(0);

    const streams = await runStreams(world.dataDir);
    const answers = next.ofType('answered').flatMap((frame) => frame.answers);
    expect(answers.filter(({ outcome }) => outcome !== 'accepted')).toEqual([]);
    expect(streams.size).toBe(TASKS);
    expect(flawsOf(streams, { runs: world.runs, answers: [] })).toEqual([]);
  }, 120_000);
});
