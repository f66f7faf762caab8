import { startThread } from '../../sqlite/thread.ts';
import type { Thread } from '../../sqlite/thread.ts';
import type { OperationCall } from '../operations.ts';
import type { CollectionSpec, Slot } from '../port.ts';
import type { Hello, Reply, Request, ShareRequest, ThreadOptions } from './thread-messages.ts';
import { errorOf, unusable, withColumns } from './thread-messages.ts';

type WriterThread = Thread<Request | ShareRequest, Reply, Hello>;

/** Only writes. */
const STORE_THREAD = new URL('./store-thread.ts', import.meta.url);
// V8's own choice would take more, and save no time.
const HEAP_MIB = { young: 24, old: 2000 } as const;

export type LargeWrites = {
  readonly write: (call: OperationCall<'write'>) => Promise<undefined>;
  /** Resolves when none is under way: another writer would have to wait for it with its thread. */
  readonly settled: () => Promise<void>;
  /** Asks a thread that also folds. */
  readonly ask: (request: ShareRequest) => Promise<unknown>;
  readonly close: () => Promise<void>;
};

/** Writes in a thread with a connection of its own, which starts with the first of them. */
export const largeWrites = (
  path: string,
  specOf: (slot: Slot) => CollectionSpec,
  script = STORE_THREAD,
): LargeWrites => {
  const lean = withColumns(specOf);
  let thread: Promise<WriterThread> | undefined;
  let last: Promise<unknown> = Promise.resolve();
  let isClosed = false;
  const open = (): Promise<WriterThread> => {
    if (isClosed) throw new Error('the read store is closed');
    return (thread ??= started(path, script));
  };
  const write = async (call: OperationCall<'write'>): Promise<undefined> => sent(lean(call), open());
  return {
    write: (call) => {
      const written = write(call);
      // In turn: when the last one has ended, all have.
      last = written.catch(() => undefined);
      return written;
    },
    settled: async () => {
      await last;
    },
    ask: async (request) => valueIn(await (await open()).call(request)),
    close: async () => {
      if (isClosed) return;
      isClosed = true;
      await last;
      await (await thread)?.stop();
    },
  };
};

/** Neither by `await` nor with a callback made here: what crosses would stay in memory until the answer comes, and so become old. */
const sent = (message: Request, thread: Promise<WriterThread>): Promise<undefined> =>
  thread.then((writer) => writer.call(message)).then(checked);

const checked = (reply: Reply): undefined => void valueIn(reply);

const valueIn = (reply: Reply): unknown => {
  if (reply.kind === 'failed') throw errorOf(reply);
  return reply.value;
};

const started = async (path: string, script: URL): Promise<WriterThread> => {
  const options: ThreadOptions = { path, role: 'second-writer' };
  const thread = await startThread<Request | ShareRequest, Reply, Hello>(script, options, HEAP_MIB);
  if (thread.hello.kind === 'unusable') throw unusable(thread.hello);
  return thread;
};
