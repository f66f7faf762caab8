import { parentPort } from 'node:worker_threads';
import { openDatabase } from '../../sqlite/open.ts';
import { serve } from '../../sqlite/serve.ts';
import { refusal } from './hello.ts';
import type { Hello, ReadReply, ReadRequest } from './protocol.ts';
import { reads } from './reads.ts';
import type { ThreadOptions } from './thread-options.ts';
import { threadOptions } from './thread-options.ts';

const start = ({ path }: ThreadOptions): void => {
  const db = openDatabase(path, { readOnly: true });
  const { answer, ahead } = reads(db);
  const hello: Hello = { kind: 'reading' };
  serve<ReadRequest, ReadReply>(hello, {
    // One at a time: the answer to a short read leaves before a longer one begins.
    atOnce: 1,
    answer: (requests) => requests.map(answer),
    handedOver: (reply) =>
      'events' in reply ? [reply.events.page.numbers.buffer, reply.events.page.bodies] : [],
    afterwards: ahead,
    close: () => {
      db.close();
    },
  });
};

try {
  start(threadOptions());
} catch (error) {
  parentPort?.postMessage(refusal(error));
}
