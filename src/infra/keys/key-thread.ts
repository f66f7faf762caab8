import { startThread } from '../sqlite/thread.ts';
import type { Failed, KeyFile, KeyHello, KeyReply, KeyRequest } from './thread-messages.ts';
import { WrongMasterKey } from './wrapping.ts';

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

/**
 * Runs `key-worker.ts` on a file. When the thread ends by itself, every call fails and `onFailure` is told once.
 * @throws WrongMasterKey, KeysFailed
 */
export const startKeyThread = async (file: KeyFile, onFailure: (error: Error) => void) => {
  const script = new URL('./key-worker.ts', import.meta.url);
  const thread = await startThread<KeyRequest, KeyReply, KeyHello>(script, file).catch(throwEnded);
  if (thread.hello.kind === 'failed') throw errorOf(thread.hello);
  let isClosed = false;
  thread.onFailure((cause) => onFailure(ended(cause)));
  const ask = async <Kind extends KeyReply['kind']>(
    request: KeyRequest,
    kind: Kind,
  ): Promise<Extract<KeyReply, { kind: Kind }>> => {
    if (isClosed) throw new KeysFailed('the keys are closed');
    const reply = await thread.call(request).catch(throwEnded);
    if (isOf(reply, kind)) return reply;
    throw reply.kind === 'failed' ? errorOf(reply) : new KeysFailed(`unexpected ${reply.kind}`);
  };
  return {
    makeBlock: async () => (await ask({ kind: 'makeBlock' }, 'block')).block,
    load: async (keyId: string) => (await ask({ kind: 'load', keyId }, 'key')).subKeys,
    secret: async (name: string) => (await ask({ kind: 'secret', name }, 'secret')).secret,
    destroy: async (keyIds: readonly string[]): Promise<void> => {
      await ask({ kind: 'destroy', keyIds }, 'destroyed');
    },
    close: (): Promise<void> => {
      isClosed = true;
      return thread.stop().catch(throwEnded);
    },
  };
};

const ended = (cause: unknown): KeysFailed => {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new KeysFailed(`the thread of keys.db ended: ${why}`, { cause });
};

const throwEnded = (cause: unknown): never => {
  throw ended(cause);
};

const isOf = <Kind extends KeyReply['kind']>(
  reply: KeyReply,
  kind: Kind,
): reply is Extract<KeyReply, { kind: Kind }> => reply.kind === kind;

const errorOf = ({ name, message, errcode }: Failed): Error =>
  name === 'WrongMasterKey'
    ? new WrongMasterKey(message)
    : new KeysFailed(name === 'Error' ? message : `${name}: ${message}`, { errcode });
