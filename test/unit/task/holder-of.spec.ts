import { expect, it } from 'vitest';
import { effectIdOf } from '../../../src/commands/deterministic-ids.ts';
import { ENGINE } from '../../../src/commands/task/engine-claim.ts';
import { holderOf } from '../../../src/commands/task/holder-of.ts';
import { progressBoard } from '../../../src/commands/task/progress-board.ts';
import { serviceName } from '../../../src/domain/names.ts';
import { memoryTaskQueue } from '../../../src/infra/task-queue/memory.ts';

const attempt = { flowId: 'f', step: 'a', action: 'do', iteration: 0, attempt: 1 } as const;
const route = 'tenant/a';

const claimedBy = async (by: string) => {
  const queue = memoryTaskQueue();
  const taskId = effectIdOf('f', 'a', 0, 'do');
  await queue.offer({ ...attempt, taskId, route, orchName: 'tenant', timeoutMs: 60_000 });
  await queue.claim({ routes: [route], by, max: 1, now: 0, leaseMs: 30_000 });
  return holderOf({ queue, progress: progressBoard() })(attempt);
};

it('says who works on an attempt', async () => {
  expect(await claimedBy('crm')).toMatchObject({ claim: { by: 'crm' }, progress: null });
});

it('says nobody of one that the engine takes back, in a name that no service has', async () => {
  expect(await claimedBy(ENGINE)).toBeUndefined();
  expect(serviceName.safeParse(ENGINE).success).toBe(false);
});
