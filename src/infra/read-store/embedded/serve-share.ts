import { dirname } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import type { Position } from '../../event-store/port.ts';
import { START } from '../../event-store/port.ts';
import type { ShareState } from '../../projector/port.ts';
import type { Operations } from '../operations.ts';
import { perform } from '../operations.ts';
import type { ReadStore, Slot } from '../port.ts';
import { storeOver } from '../store-over.ts';
import { operationsOn } from './connection-operations.ts';
import { LARGE_WRITE_CACHE_KIB, markingDamage, openReadFile } from './read-file.ts';
import { onceFileServes } from './synced.ts';
import type { Hello, Reply, Request, ShareRequest, ThreadOptions } from './thread-messages.ts';
import { noFile, replyOf } from './thread-messages.ts';

export type Share = {
  /** Directory of `log.db` and `read.db`. */
  readonly dataDir: string;
  /** The connection that large writes go over too. */
  readonly readStore: ReadStore;
  readonly slots: readonly Slot[];
  readonly signal: AbortSignal;
  readonly onFolded: (position: Position) => void;
};

/**
 * The thread of `openSharedReadStore`: writes what it is given, between two slices of the share that it may be folding.
 * Unlike the other threads of stores it has an event loop, as folding needs one. What `fold` throws ends the thread.
 */
export const serveShare = (fold: (share: Share) => Promise<void>): void => {
  const port = parentPort;
  if (port === null) throw new Error('this module runs in a worker thread only');
  // Node types it as any; only large-writes.ts starts this thread, with this type.
  const { path } = workerData as ThreadOptions;
  try {
    served(port, path, fold);
  } catch (error) {
    port.postMessage(noFile(error));
  }
};

const served = (port: MessagePort, path: string, fold: (share: Share) => Promise<void>): void => {
  const { db, recreated } = openReadFile(path, LARGE_WRITE_CACHE_KIB);
  const operations = operationsOn(db, onceFileServes(path));
  const share = shareOf(path, operations, fold);
  // Node types messages as any; only large-writes.ts writes to this port.
  port.on('message', (request: Request | ShareRequest | null) => {
    if (request === null) void share.end().then(close);
    else port.postMessage([answer(path, { operations, share }, request)]);
  });
  const close = (): void => {
    db.close();
    port.close();
  };
  const hello: Hello = { kind: 'open', recreated };
  port.postMessage(hello);
};

const answer = (
  path: string,
  { operations, share }: { readonly operations: Operations; readonly share: ReturnType<typeof shareOf> },
  request: Request | ShareRequest,
): Reply =>
  replyOf(() =>
    'kind' in request ? share.ask(request) : markingDamage(path, () => perform(operations, request)),
  );

/** The share that is being folded, or was last. */
const shareOf = (path: string, operations: Operations, fold: (share: Share) => Promise<void>) => {
  const readStore = storeOver(
    async (call) => Promise.resolve(markingDamage(path, () => perform(operations, call))),
    async () => Promise.resolve(),
  );
  const ending = new AbortController();
  let state: ShareState = { position: START, isDone: false };
  let folding = Promise.resolve();
  const onFolded = (position: Position): void => {
    state = { position, isDone: false };
  };
  // Not caught: it ends the thread, as what cannot be written does, before anything else is written over this connection.
  const begin = async (slots: readonly Slot[]): Promise<void> => {
    await fold({ dataDir: dirname(path), readStore, slots, signal: ending.signal, onFolded });
    state = { ...state, isDone: true };
  };
  return {
    ask: (request: ShareRequest): ShareState => {
      if (request.kind === 'begin') {
        state = { position: START, isDone: false };
        folding = begin(request.slots);
      }
      return state;
    },
    end: (): Promise<void> => {
      ending.abort();
      return folding;
    },
  };
};
