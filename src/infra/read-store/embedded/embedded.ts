import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { startThread } from '../../sqlite/thread.ts';
import type { Thread } from '../../sqlite/thread.ts';
import type { ReadStore } from '../port.ts';
import type { OpenReadStoreOptions } from './open.ts';
import type { OperationCall, OperationName, Signatures } from '../operations.ts';
import { WRITES } from '../operations.ts';
import type { Perform } from '../store-over.ts';
import { storeOver } from '../store-over.ts';
import type { Hello, Reply, Request, ThreadRole } from './thread-messages.ts';
import { errorOf, textsOnly, unusable } from './thread-messages.ts';

export type EmbeddedReadStoreOptions = OpenReadStoreOptions & {
  /** Told once when the disk or the file failed: every later call of that side fails too, restart the process. */
  readonly onFailure?: (error: Error) => void;
};

type StoreThread = Thread<Request, Reply, Hello>;

/**
 * Read models in one SQLite file, `read.db`: a writer thread and a reader thread, so that neither writing nor a
 * long query blocks the caller. What a resolved write wrote, a later query sees. A missing, damaged or foreign
 * file is begun anew, the damaged one kept as `read.db.damaged`.
 *
 * @throws UnsafeDatabase when the file cannot be opened.
 */
export const embeddedReadStore = async (options: EmbeddedReadStoreOptions): Promise<ReadStore> => {
  await mkdir(options.dataDir, { recursive: true, mode: 0o700 });
  const { writer, reader } = await startThreads(join(options.dataDir, 'read.db'), options);
  let hasFailed = false;
  const fail = (error: Error): void => {
    if (hasFailed) return;
    hasFailed = true;
    options.onFailure?.(error);
  };
  writer.onFailure(fail);
  reader.onFailure(fail);
  let closed: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await reader.stop();
    await writer.stop();
  };
  return storeOver(performIn({ writer, reader }), () => (closed ??= close()));
};

/**
 * Read models in a `read.db` that nobody writes to any more: one thread reads it, as a thread costs more than what it
 * may hold. A missing or damaged file is not begun anew.
 *
 * @throws UnsafeDatabase when the file cannot be opened.
 */
export const embeddedReader = async ({
  dataDir,
  onFailure,
}: Pick<EmbeddedReadStoreOptions, 'dataDir' | 'onFailure'>): Promise<ReadStore> => {
  const reader = await startOne(join(dataDir, 'read.db'), 'reader');
  openedBy(reader.hello);
  reader.onFailure((error) => onFailure?.(error));
  return storeOver(performIn({ writer: reader, reader }), reader.stop);
};

const performIn =
  ({ writer, reader }: Readonly<Record<'writer' | 'reader', StoreThread>>): Perform =>
  async <Name extends OperationName>(call: OperationCall<Name>) => {
    // One operation's call is one of all; the compiler does not see it for a name it does not know yet.
    const request = call as Request;
    const lean = request.name === 'write' ? textsOnly(request) : request;
    const reply = await (WRITES.has(call.name) ? writer : reader).call(lean);
    if (reply.kind === 'failed') throw errorOf(reply);
    // Messages have no type of their own; both sides share `Signatures`.
    return reply.value as Signatures[Name]['result'];
  };

const startThreads = async (path: string, { onRecreated }: EmbeddedReadStoreOptions) => {
  const writer = await startOne(path, 'writer');
  const recreated = openedBy(writer.hello);
  if (recreated !== undefined) onRecreated?.(recreated);
  const reader = await startOne(path, 'reader');
  try {
    openedBy(reader.hello);
  } catch (error) {
    await writer.stop();
    throw error;
  }
  return { writer, reader };
};

const startOne = (path: string, role: ThreadRole): Promise<StoreThread> =>
  startThread<Request, Reply, Hello>(new URL('./store-thread.ts', import.meta.url), { path, role });

const openedBy = (hello: Hello) => {
  if (hello.kind === 'unusable') throw unusable(hello);
  return hello.recreated;
};
