import { expect, it } from 'vitest';
import { createReleases } from '../../src/commands/engine/releases.ts';
import { createWaitingRuns } from '../../src/commands/engine/waiting-runs.ts';
import { createExecutor } from '../../src/commands/execute.ts';
import { sweep } from '../../src/commands/react.ts';
import { orchestrationAggregate, orchestrationStream } from '../../src/domain/orchestration/aggregate.ts';
import { LogDamaged } from '../../src/infra/event-store/errors.ts';
import { NO_STREAM } from '../../src/infra/event-store/port.ts';
import type { EventStore } from '../../src/infra/event-store/port.ts';
import { anEvent, metadata } from '../support/events.ts';
import { manualClock } from '../support/manual-clock.ts';
import { plainLog } from '../support/plain-log.ts';
import { registerWorkers } from '../support/registrations.ts';

/** Two runs that wait, the first for what cannot be read. */
const letGo = async (store: EventStore, clock: ReturnType<typeof manualClock>) => {
  const orchestrations = createExecutor({ store, clock }, orchestrationAggregate);
  const waiting = createWaitingRuns();
  waiting.set('run-1', ['later/a']);
  waiting.set('run-2', ['tenant/a']);
  const released: string[] = [];
  const releases = createReleases(clock, { batch: 10, intervalMs: 100 }, (flowId) => released.push(flowId));
  await sweep({ orchestrations, waiting, releases });
  await clock.advance(0, () => Promise.resolve());
  return released;
};

const withWorkers = async (clock: ReturnType<typeof manualClock>) => {
  const store = plainLog(clock.now);
  const orchestrations = createExecutor({ store, clock }, orchestrationAggregate);
  await orchestrations.execute(orchestrationStream('tenant'), registerWorkers('a-service', 'a'), metadata());
  return store;
};

it('lets go what can go on, also behind one that is damaged', async () => {
  const clock = manualClock();
  const store = await withWorkers(clock);
  const damaged: EventStore = {
    ...store,
    readStream: (stream, page) =>
      stream === 'orchestration-later'
        ? Promise.reject(new LogDamaged(stream, 0, 'the hash does not match'))
        : store.readStream(stream, page),
  };
  expect(await letGo(damaged, clock)).toEqual(['run-2']);
});

it('lets go what can go on, also behind an orchestration that this version cannot read', async () => {
  const clock = manualClock();
  const store = await withWorkers(clock);
  await store.append('orchestration-later', NO_STREAM, [anEvent('FromALaterVersion')], metadata());
  expect(await letGo(store, clock)).toEqual(['run-2']);
});
