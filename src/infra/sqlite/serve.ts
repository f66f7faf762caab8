import { parentPort, receiveMessageOnPort } from 'node:worker_threads';
import type { Envelope } from './thread.ts';

/** The worker's side of `startThread`: says hello once, then answers. */
export type Server<Request, Reply> = {
  /** Everything that is waiting when the thread is free; one reply per request, in order. */
  readonly answer: (requests: readonly Request[]) => readonly Reply[];
  /** What of a reply is handed over instead of copied. */
  readonly handedOver?: (reply: Reply) => readonly ArrayBuffer[];
  /** At most this many requests at once; the rest waits for the next turn. */
  readonly atOnce: number;
  /** Runs after the replies are on their way. */
  readonly afterwards?: () => void;
  /** The last thing before the thread ends. */
  readonly close: () => void;
};

/** Must run in a worker thread. What `answer` throws is not caught: it ends the thread, its owner learns of it. */
export const serve = <Request, Reply>(hello: unknown, server: Server<Request, Reply>): void => {
  const port = parentPort;
  if (port === null) throw new Error('this module runs in a worker thread only');
  // Node types messages as any; only `startThread` writes to this port, with the types both sides share.
  const next = () => receiveMessageOnPort(port)?.message as Envelope<Request> | undefined;
  const answer = (group: readonly Envelope<Request>[]): void => {
    const replies = server.answer(group.flatMap(({ body }) => (body === undefined ? [] : [body])));
    const handedOver = server.handedOver === undefined ? [] : replies.flatMap(server.handedOver);
    port.postMessage(
      replies.map((reply, index) => ({ id: group[index]?.id, body: reply })),
      handedOver,
    );
    server.afterwards?.();
  };
  const drain = (first: Envelope<Request>): void => {
    const group: Envelope<Request>[] = [];
    for (let one: Envelope<Request> | undefined = first; one !== undefined; one = next()) {
      if (one.body === undefined) {
        finish(group);
        return;
      }
      group.push(one);
      if (group.length === server.atOnce) break;
    }
    answer(group);
  };
  const finish = (group: readonly Envelope<Request>[]): void => {
    if (group.length > 0) answer(group);
    server.close();
    port.close();
  };
  port.on('message', drain);
  port.postMessage(hello);
};
