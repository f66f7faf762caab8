import fc from 'fast-check';
import { workerAggregate } from '../../src/domain/worker/aggregate.ts';
import type { JudgeWorker } from '../../src/domain/worker/decide.ts';
import { deciderLaws } from '../support/decider-laws.ts';

const at = fc.oneof(fc.constant(0), fc.integer({ min: 1000, max: 2000 }));

const command: fc.Arbitrary<JudgeWorker> = fc
  .record({
    now: fc.integer({ min: 1000, max: 2200 }),
    listeningSince: fc.constantFrom(1000, 1500),
    signs: fc.record({ polledAt: at, heartbeatAt: at, workedAt: at, busyUntil: at }),
    lying: fc.option(
      fc.record({
        orchName: fc.constant('tenant'),
        step: fc.constantFrom('create', 'mail'),
        since: fc.integer({ min: 1000, max: 2000 }),
      }),
      { freq: 3 },
    ),
  })
  .map((seen) => ({
    type: 'JudgeWorker',
    service: 'tenant-service',
    observation: { ...seen, limits: { silentMs: 200, deafMs: 100 } },
  }));

deciderLaws('a worker', workerAggregate, {
  scripts: fc.array(command, { minLength: 1, maxLength: 12 }),
});
