import { join } from 'node:path';
import { openClaimJournal } from '../../src/infra/task-queue/claim-journal.ts';
import { memoryTaskQueue } from '../../src/infra/task-queue/memory.ts';
import { freshDirectory } from '../support/fresh-directory.ts';
import { taskQueueContract } from './task-queue.contract.ts';

taskQueueContract('memory', () => Promise.resolve(memoryTaskQueue()));
taskQueueContract('memory with a claim journal', () =>
  Promise.resolve(memoryTaskQueue({ journal: openClaimJournal(join(freshDirectory(), 'claims.journal')) })),
);
