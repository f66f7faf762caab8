import { parentPort, workerData } from 'node:worker_threads';
import { errcodeOf, primaryOf } from '../sqlite/errors.ts';
import { serve } from '../sqlite/serve.ts';
import { openKeyTable } from './key-table.ts';
import type { KeyTable } from './key-table.ts';
import type { Failed, KeyFile, KeyHello, KeyReply, KeyRequest } from './thread-messages.ts';

const SQLITE_IOERR = 10;
const SQLITE_CORRUPT = 11;

const start = ({ path, masterKey, previous }: KeyFile): void => {
  const table = openKeyTable(path, masterKey, previous);
  masterKey.fill(0);
  previous?.fill(0);
  const hello: KeyHello = { kind: 'open' };
  serve<KeyRequest, KeyReply>(hello, {
    atOnce: 1,
    answer: (requests) => requests.map((request) => unlessFailed(() => answer(table, request))),
    close: table.close,
  });
};

const answer = (table: KeyTable, request: KeyRequest): KeyReply => {
  switch (request.kind) {
    case 'makeBlock':
      return { kind: 'block', block: table.makeBlock() };
    case 'load':
      return { kind: 'key', subKeys: table.load(request.keyId) };
    case 'secret':
      return { kind: 'secret', secret: table.secret(request.name) };
    case 'destroy':
      table.destroy(request.keyIds);
      return { kind: 'destroyed' };
  }
};

const unlessFailed = <Result>(work: () => Result): Result | Failed => {
  try {
    return work();
  } catch (error) {
    if (isDiskBroken(error)) throw error;
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    return { kind: 'failed', name, message, errcode: errcodeOf(error) };
  }
};

// After a failed write or fsync nobody knows what the page cache holds: the thread ends, and with it the port.
const isDiskBroken = (error: unknown): boolean => {
  const primary = primaryOf(error);
  return primary === SQLITE_IOERR || primary === SQLITE_CORRUPT;
};

// Node types it as any; only `startKeyThread` starts this thread, with this type.
const failed = unlessFailed(() => {
  start(workerData as KeyFile);
});
if (failed !== undefined) parentPort?.postMessage(failed);
