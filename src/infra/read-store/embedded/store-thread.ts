import { parentPort, workerData } from 'node:worker_threads';
import { openDatabase } from '../../sqlite/open.ts';
import { serve } from '../../sqlite/serve.ts';
import { operationsOn } from './connection-operations.ts';
import type { Operations } from '../operations.ts';
import { perform } from '../operations.ts';
import type { ReadFile } from './read-file.ts';
import { LARGE_WRITE_CACHE_KIB, markingDamage, openReadFile, openSoundReadFile } from './read-file.ts';
import { always, onceServed } from './synced.ts';
import type { Hello, Reply, Request, ThreadOptions } from './thread-messages.ts';
import { noFile, replyOf } from './thread-messages.ts';

// Node types it as any; only embedded.ts starts this thread, with this type.
const { path, role } = workerData as ThreadOptions;

const openFile = (): ReadFile => {
  if (role === 'writer') return openSoundReadFile(path);
  if (role === 'second-writer') return openReadFile(path, LARGE_WRITE_CACHE_KIB);
  return { db: openDatabase(path, { readOnly: true }), recreated: undefined };
};

const answer = (operations: Operations, request: Request): Reply =>
  replyOf(() => markingDamage(path, () => perform(operations, request)));

const start = (): void => {
  const { db, recreated } = openFile();
  const operations = operationsOn(db, role === 'second-writer' ? onceServed : always);
  const hello: Hello = { kind: 'open', recreated };
  serve<Request, Reply>(hello, {
    // One at a time: the answer to a short request leaves before a longer one begins.
    atOnce: 1,
    answer: (requests) => requests.map((request) => answer(operations, request)),
    close: () => {
      db.close();
    },
  });
};

try {
  start();
} catch (error) {
  parentPort?.postMessage(noFile(error));
}
