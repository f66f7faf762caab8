import { describe, expect, it } from 'vitest';
import type { StoredEvent } from '../../src/infra/event-store/port.ts';
import { sagaEvents } from '../../src/domain/saga/events.ts';
import { everyMoment, flawOf, premiseIn, runsIn } from '../support/what-if.ts';
import { simulate } from './simulate.ts';

const SEEDS = 500;

/** Every run of a log at every moment it was at rest in, as the flaws of what is decided again; and what was met. */
const checked = (log: readonly StoredEvent[]) => {
  const moments = runsIn(log).flatMap((stream) => everyMoment(premiseIn(log, stream)));
  return {
    moments: moments.length,
    flaws: moments.flatMap((premise) => flawOf(premise) ?? []),
  };
};

describe('what was recorded under faults', () => {
  it(`is decided again, event for event, at every moment of every run of ${SEEDS} seeds`, async () => {
    const types = new Set<string>();
    let moments = 0;
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const { log } = await simulate(seed);
      for (const { type } of log) types.add(type);
      const found = checked(log);
      if (found.flaws.length > 0) expect.fail(`seed ${seed}: ${JSON.stringify(found.flaws[0], null, 1)}`);
      moments += found.moments;
    }
    // Nobody moves timers there: the laws of what-if do.
    const expected = Object.keys(sagaEvents).filter((type) => !type.startsWith('Timer'));
    expect(expected.filter((type) => !types.has(type))).toEqual([]);
    expect(moments).toBeGreaterThan(2000);
  }, 120_000);
});
