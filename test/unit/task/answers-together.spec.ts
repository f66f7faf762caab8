import { expect, it } from 'vitest';
import { answerTasks } from '../../../src/commands/task/answer-tasks.ts';
import { heartbeatTasks } from '../../../src/commands/task/heartbeat-tasks.ts';
import { progressBoard } from '../../../src/commands/task/progress-board.ts';
import { sagaStream } from '../../../src/domain/saga/aggregate.ts';
import { LogDamaged } from '../../../src/infra/event-store/errors.ts';
import type { EventStore } from '../../../src/infra/event-store/port.ts';
import { memoryTaskQueue } from '../../../src/infra/task-queue/memory.ts';
import { routeOf } from '../../../src/infra/task-queue/port.ts';
import { tenantWorld } from '../../support/open-runs-world.ts';
import { simultaneous, stepCandidate } from '../../support/registrations.ts';

const actor = { kind: 'service', id: 'a-service', source: 'http' } as const;
const STEPS = ['a', 'b', 'c', 'd'];
const DAMAGED = '0198f3a0-2222-7abc-8def-000000000001';
const metadata = { status: 'SUCCESS' } as const;
const answerOf = (flowId: string, stepName: string) =>
  ({ flowId, stepName, action: 'DO', attempt: 1, metadata }) as const;

/** A run whose steps are all dispatched, in a log of which the stream of another run cannot be read. */
const world = async () => {
  const read: string[] = [];
  const over = (log: EventStore): EventStore => ({
    ...log,
    readStream: (stream, options) => {
      if (stream === sagaStream(DAMAGED))
        return Promise.reject(new LogDamaged(stream, 3, 'the hash differs'));
      read.push(stream);
      return log.readStream(stream, options);
    },
  });
  const definition = simultaneous(...STEPS.map((name) => stepCandidate(name)));
  const deps = await tenantWorld(() => memoryTaskQueue(), { definition, over });
  const flowId = await deps.start();
  read.length = 0;
  const answer = async (answers: readonly ReturnType<typeof answerOf>[]) => {
    const outcomes = await answerTasks(deps)(answers, { actor });
    return outcomes.map(({ outcome }) => outcome);
  };
  const heartbeat = heartbeatTasks({ ...deps, progress: progressBoard(), leaseMs: 30_000 });
  const beat = async (flowIds: readonly string[]) => {
    const outcomes = await heartbeat(
      flowIds.map((id) => ({ flowId: id, stepName: 'a', action: 'DO', attempt: 1 })),
    );
    return outcomes.map(({ outcome }) => outcome);
  };
  /** Its first step is held. */
  const hold = async () => {
    const routes = [routeOf('tenant', 'a')];
    await deps.offer(flowId);
    await deps.queue.claim({ routes, by: 'a-service', max: 1, now: deps.clock.now(), leaseMs: 30_000 });
  };
  return { flowId, read, answer, beat, hold };
};

it('answers of one run that come together are taken without reading the run again', async () => {
  const { flowId, read, answer } = await world();
  const outcomes = await answer(STEPS.map((step) => answerOf(flowId, step)));
  expect(outcomes).toEqual(STEPS.map(() => 'accepted'));
  expect(read).toEqual([]);
});

it('an answer whose run cannot be read keeps no other back; sent alone it is refused with the reason', async () => {
  const { flowId, answer } = await world();
  const outcomes = await answer([answerOf(flowId, 'a'), answerOf(DAMAGED, 'a'), answerOf(flowId, 'b')]);
  expect(outcomes).toEqual(['accepted', 'unavailable', 'accepted']);
  await expect(answer([answerOf(DAMAGED, 'a'), answerOf(DAMAGED, 'b')])).rejects.toThrow(LogDamaged);
});

it('a heartbeat for a run that cannot be read keeps no other back; sent alone it is refused with the reason', async () => {
  const { flowId, beat, hold } = await world();
  await hold();
  const unknown = flowId.replace(/.$/, (last) => (last === '0' ? '1' : '0'));
  expect(await beat([DAMAGED, flowId, unknown])).toEqual(['unavailable', 'extended', 'lost']);
  await expect(beat([DAMAGED])).rejects.toThrow(LogDamaged);
});
