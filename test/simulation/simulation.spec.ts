import { describe, expect, it } from 'vitest';
import { allSites } from './faults.ts';
import { simulate } from './simulate.ts';
import type { Outcome } from './simulate.ts';

const SEEDS = 1000;
const STATES = [
  'IN_PROGRESS',
  'WAITING',
  'PAUSED',
  'COMPLETED',
  'FAILED',
  'UNDOING',
  'UNDONE',
  'UNDO_FAILED',
  'CANCELLED',
];

const failed = ({ seed, violation }: Outcome): string =>
  `${String(violation)}\nnpm run simulate -- --seed ${seed} --seeds 1`;

describe('the engine under faults', () => {
  it(`keeps every invariant and ends every run, for ${SEEDS} seeds that reach every fault and every state`, async () => {
    const sites = new Set<string>();
    const states = new Set<string>();
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const outcome = await simulate(seed);
      if (outcome.violation !== undefined) expect.fail(failed(outcome));
      for (const site of outcome.faults.keys()) sites.add(site);
      for (const state of outcome.states) states.add(state);
    }
    expect([...sites].sort()).toEqual([...allSites].sort());
    expect([...states].sort()).toEqual([...STATES].sort());
  }, 300_000);

  it('does the same twice for the same seed, and something else for another', async () => {
    const hashes = new Set<string>();
    for (let seed = 1; seed <= 30; seed += 1) {
      const [first, second] = [await simulate(seed), await simulate(seed, { keepTrace: true })];
      expect(second.trace.hash).toBe(first.trace.hash);
      hashes.add(first.trace.hash);
    }
    expect(hashes.size).toBe(30);
  });

  it('tells what happened, line by line', async () => {
    const { trace } = await simulate(1, { keepTrace: true });
    expect(trace.lines).toContainEqual(
      expect.stringMatching(/^\d+ [a-z0-9]+-\d+ appends DefinitionRegistered to orchestration-orch0$/),
    );
  });
});
