// A worker in a process of its own: takes so many tasks over the stream, prints `holding`, then answers five at a time
// and prints the run of each answer that was acknowledged. Arguments: port, service, how many tasks.
import { writeSync } from 'node:fs';
import { WebSocket } from 'ws';
import { serverFrame } from '../../src/infra/http/worker-stream/frames.ts';
import type { ServerFrame } from '../../src/infra/http/worker-stream/frames.ts';
import { streamUrl, successOf } from './worker-answers.ts';

const STDOUT = 1;
const AT_ONCE = 5;
const [port = '', service = '', wanted = ''] = process.argv.slice(2);
const held: Extract<ServerFrame, { type: 'tasks' }>['tasks'] = [];
let received = 0;

const socket = new WebSocket(streamUrl(Number(port)), 'skald.worker.v1');
const send = (frame: object): void => socket.send(JSON.stringify(frame));
const answerSome = (): void => {
  const some = held.splice(0, AT_ONCE);
  if (some.length > 0) send({ type: 'answers', answers: some.map(successOf) });
};
const take = (frame: ServerFrame): void => {
  if (frame.type === 'tasks') {
    held.push(...frame.tasks);
    received += frame.tasks.length;
    if (received < Number(wanted)) return;
    writeSync(STDOUT, 'holding\n');
    answerSome();
  }
  if (frame.type === 'answered') {
    for (const { flowId, outcome } of frame.answers) writeSync(STDOUT, `${outcome} ${flowId}\n`);
    answerSome();
  }
};
socket.on('open', () => send({ type: 'hello', service, credit: Number(wanted) }));
socket.on('message', (data: Buffer) => take(serverFrame.parse(JSON.parse(data.toString()))));
