// A process of its own that claims tasks and is then killed: prints the ids it holds, one JSON line.
import { openClaimJournal } from '../../src/infra/task-queue/claim-journal.ts';
import { memoryTaskQueue } from '../../src/infra/task-queue/memory.ts';

const [path = ''] = process.argv.slice(2);
const queue = memoryTaskQueue({ journal: openClaimJournal(path) });
for (let n = 0; n < 500; n += 1) {
  await queue.offer({
    taskId: `t${n}`,
    route: 'o/s',
    flowId: 'f',
    orchName: 'o',
    step: 's',
    action: 'do',
    attempt: 1,
    iteration: 0,
    timeoutMs: 60_000,
  });
}
const claimed = await queue.claim({ routes: ['o/s'], by: 'worker', max: 300, now: 1000, leaseMs: 30_000 });
for (const { task } of claimed.slice(0, 100)) await queue.settle(task.taskId, 1);
for (const { task } of claimed.slice(100, 150)) await queue.release(task.taskId, 1);
await queue.extend({ taskId: 't299', attempt: 1, now: 20_000, leaseMs: 30_000 });
console.log(JSON.stringify(claimed.slice(150).map(({ task }) => task.taskId)));
setInterval(() => undefined, 60_000);
