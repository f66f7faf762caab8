// A task that is left out because its run is paused, where the log fails at the worst moment.
import { expect, it } from 'vitest';
import { createExecutor } from '../../../src/commands/execute.ts';
import { leaveOut } from '../../../src/commands/task/leave-out.ts';
import { sagaAggregate, sagaStream } from '../../../src/domain/saga/aggregate.ts';
import type { SagaEvent } from '../../../src/domain/saga/events.ts';
import { StoreUnavailable } from '../../../src/infra/event-store/errors.ts';
import type { EventStore } from '../../../src/infra/event-store/port.ts';
import { NO_STREAM } from '../../../src/infra/event-store/port.ts';
import { memoryTaskQueue } from '../../../src/infra/task-queue/memory.ts';
import { routeOf } from '../../../src/infra/task-queue/port.ts';
import type { Task } from '../../../src/infra/task-queue/port.ts';
import { anEvent, appended, metadata } from '../../support/events.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { plainLog } from '../../support/plain-log.ts';
import { sequential, step } from '../../support/saga-builders.ts';
import * as event from '../../support/saga-events.ts';

const FLOW = '00000000-0000-4000-8000-000000000001';
const route = routeOf('tenant', 'a');
const task: Task = {
  ...{ taskId: 'effect-1', route, flowId: FLOW, orchName: 'tenant', step: 'a' },
  ...{ action: 'do', attempt: 1, iteration: 0, timeoutMs: 60_000 },
};

const asNew = ({ type, data }: SagaEvent) => anEvent(type, data);

/** A paused run whose task is claimed, in a log that several processes write to; `onRead` is told of each read before its answer is given. */
const pausedRun = async (onRead: (read: number, resume: () => Promise<void>) => Promise<void>) => {
  const clock = manualClock();
  const log = plainLog(clock.now);
  const stream = sagaStream(FLOW);
  const history = [event.started(sequential([step('a')])), event.dispatched('a'), event.paused()];
  const head =
    appended(await log.append(stream, NO_STREAM, history.map(asNew), metadata())).events.at(-1) ?? NO_STREAM;
  const queue = memoryTaskQueue();
  await queue.offer(task);
  const claim = () => queue.claim({ routes: [route], by: 's', max: 1, now: clock.now(), leaseMs: 30_000 });
  // What another process does, and what its reactor does then.
  const resume = async (): Promise<void> => {
    appended(await log.append(stream, head, [asNew(event.resumed())], metadata()));
    await queue.offer(task);
  };
  let reads = 0;
  const readStream: EventStore['readStream'] = async (...asked) => {
    reads += 1;
    const slice = await log.readStream(...asked);
    await onRead(reads, resume);
    return slice;
  };
  const store = { ...log, readStream };
  const sagas = createExecutor({ store, clock, isShared: true }, sagaAggregate);
  const [held] = await claim();
  if (held === undefined) throw new Error('nothing on offer');
  return { leaveOut: () => leaveOut({ sagas, queue }, held), queue, claim };
};

it('stays with its claim where the log cannot be read', async () => {
  const { leaveOut, queue } = await pausedRun(() => Promise.reject(new StoreUnavailable('gone')));
  await expect(leaveOut()).rejects.toThrow(StoreUnavailable);
  expect(await queue.counts()).toEqual({ offered: 0, claimed: 1 });
});

it('is on offer where the run was resumed meanwhile, also where that can no longer be read', async () => {
  for (const isReadable of [true, false]) {
    const { leaveOut, claim } = await pausedRun(async (read, resume) => {
      if (read === 1) await resume();
      if (read === 2 && !isReadable) throw new StoreUnavailable('gone');
    });
    await leaveOut();
    expect(await claim()).toHaveLength(1);
    expect(await claim()).toHaveLength(0);
  }
});
