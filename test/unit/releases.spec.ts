import { expect, it } from 'vitest';
import { createReleases } from '../../src/commands/engine/releases.ts';
import { manualClock } from '../support/manual-clock.ts';

const released = (batch: number) => {
  const clock = manualClock();
  const log: string[] = [];
  const releases = createReleases(clock, { batch, intervalMs: 100 }, (flowId) => log.push(flowId));
  return { clock, log, releases, after: (ms: number) => clock.advance(ms, () => Promise.resolve()) };
};

it('runs are let go a batch at a time, each once, and no timer stays when the last has gone', async () => {
  const { clock, log, releases, after } = released(2);
  for (const flowId of ['a', 'b', 'b', 'c', 'd', 'e']) releases.add(flowId);
  await after(0);
  expect([log, releases.size()]).toEqual([['a', 'b'], 3]);
  await after(99);
  expect(log).toHaveLength(2);
  await after(1);
  expect(log).toEqual(['a', 'b', 'c', 'd']);
  await after(200);
  expect([log, releases.size(), clock.waiting()]).toEqual([['a', 'b', 'c', 'd', 'e'], 0, 0]);
});

it('what is queued within the interval after the last batch waits its turn', async () => {
  const { log, releases, after } = released(2);
  releases.add('a');
  await after(0);
  releases.add('b');
  await after(99);
  expect(log).toEqual(['a']);
  await after(1);
  expect(log).toEqual(['a', 'b']);
});

it('nothing is let go any more once they are stopped', async () => {
  const { clock, log, releases, after } = released(1);
  for (const flowId of ['a', 'b']) releases.add(flowId);
  await after(0);
  releases.stop();
  await after(1000);
  expect([log, releases.size(), clock.waiting()]).toEqual([['a'], 0, 0]);
});
