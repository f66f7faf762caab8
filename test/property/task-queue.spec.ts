import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { memoryTaskQueue } from '../../src/infra/task-queue/memory.ts';
import { naiveTaskQueue } from '../support/naive-task-queue.ts';
import { queueStep, routes } from '../support/task-queue-steps.ts';

describe('memory task queue', () => {
  it('answers any sequence of calls as a naive list of tasks does', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(queueStep, { maxLength: 60 }), async (steps) => {
        const [queue, model] = [memoryTaskQueue(), naiveTaskQueue()];
        for (const run of steps) {
          expect(await run(queue)).toEqual(await run(model));
          expect(await queue.counts()).toEqual(await model.counts());
          expect(await queue.routesOnOffer(routes)).toEqual(await model.routesOnOffer(routes));
          for (const id of ['a', 'b']) expect(await queue.claimOf(id, 1)).toEqual(await model.claimOf(id, 1));
        }
      }),
      { numRuns: 500 },
    );
  });
});
