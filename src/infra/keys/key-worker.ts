import { parentPort } from 'node:worker_threads';
import { errcodeOf, primaryOf } from '../sqlite/errors.ts';
import { openKeyTable } from './key-table.ts';
import type { KeyTable } from './key-table.ts';
import { keyRequest } from './thread-messages.ts';
import type { KeyCall, KeyReply } from './thread-messages.ts';

const SQLITE_IOERR = 10;
const SQLITE_CORRUPT = 11;

let table: KeyTable | undefined;

const answer = (body: KeyCall): unknown => {
  switch (body.call) {
    case 'open':
      table = openKeyTable(body.path, body.masterKey, body.previous);
      body.masterKey.fill(0);
      body.previous?.fill(0);
      return undefined;
    case 'makeBlock':
      return open().makeBlock();
    case 'load':
      return open().load(body.keyId);
    case 'secret':
      return open().secret(body.name);
    case 'destroy':
      open().destroy(body.keyIds);
      return undefined;
    case 'close':
      table?.close();
      return undefined;
  }
};

const open = (): KeyTable => {
  if (!table) throw new Error('keys.db is not open');
  return table;
};

const reply = (id: number, body: KeyCall): KeyReply => {
  try {
    return { kind: 'done', id, value: answer(body) };
  } catch (error) {
    if (isDiskBroken(error)) throw error;
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    return { kind: 'failed', id, name, message, errcode: errcodeOf(error) };
  }
};

// After a failed write or fsync nobody knows what the page cache holds: the thread ends, and with it the port.
const isDiskBroken = (error: unknown): boolean => {
  const primary = primaryOf(error);
  return primary === SQLITE_IOERR || primary === SQLITE_CORRUPT;
};

parentPort?.on('message', (message: unknown) => {
  const { id, body } = keyRequest.parse(message);
  parentPort?.postMessage(reply(id, body));
  if (body.call === 'close') parentPort?.close();
});
