import type { z } from 'zod';
import { newThread } from '../sqlite/new-thread.ts';
import { keyReply, nothing } from './thread-messages.ts';
import type { KeyCall, KeyReply } from './thread-messages.ts';
import { WrongMasterKey } from './wrapping.ts';

export type KeyThread = {
  readonly call: <T>(body: KeyCall, result: z.ZodType<T>) => Promise<T>;
  readonly close: () => Promise<void>;
};

/** The keys cannot be read or written; `cause` or the message says why, `errcode` as SQLite does. */
export class KeysFailed extends Error {
  override readonly name = 'KeysFailed';
  readonly errcode: number | undefined;

  constructor(
    message: string,
    { errcode, ...options }: ErrorOptions & { readonly errcode?: number | undefined } = {},
  ) {
    super(message, options);
    this.errcode = errcode;
  }
}

type Waiting = { readonly resolve: (value: unknown) => void; readonly reject: (error: Error) => void };

/** Runs `key-worker.ts`. When the thread ends by itself, every call fails and `onFailure` is told once. */
export const startKeyThread = (onFailure: (error: Error) => void): KeyThread => {
  const worker = newThread(new URL('./key-worker.ts', import.meta.url));
  const ended = new Promise((resolve) => {
    worker.once('exit', resolve);
  });
  const waiting = new Map<number, Waiting>();
  let lastId = 0;
  let refusal: Error | undefined;

  const send = (body: KeyCall): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (refusal) throw refusal;
      lastId += 1;
      waiting.set(lastId, { resolve, reject });
      worker.postMessage({ id: lastId, body });
    });
  const fail = (cause: unknown): void => {
    const isFirst = refusal === undefined;
    refusal ??= new KeysFailed('the thread of keys.db ended', { cause });
    for (const { reject } of waiting.values()) reject(refusal);
    waiting.clear();
    if (isFirst) onFailure(refusal);
  };
  worker.on('message', (message: unknown) => {
    settle(waiting, keyReply.parse(message));
  });
  worker.on('error', fail);
  worker.on('exit', fail);
  return {
    call: async (body, result) => result.parse(await send(body)),
    close: async () => {
      if (refusal) return;
      const closing = send({ call: 'close' });
      refusal = new KeysFailed('the keys are closed');
      nothing.parse(await closing);
      await ended;
    },
  };
};

const settle = (waiting: Map<number, Waiting>, reply: KeyReply): void => {
  const call = waiting.get(reply.id);
  waiting.delete(reply.id);
  if (reply.kind === 'done') call?.resolve(reply.value);
  else call?.reject(errorOf(reply));
};

const errorOf = ({ name, message, errcode }: KeyReply & { readonly kind: 'failed' }): Error =>
  name === 'WrongMasterKey'
    ? new WrongMasterKey(message)
    : new KeysFailed(`${name}: ${message}`, { errcode });
