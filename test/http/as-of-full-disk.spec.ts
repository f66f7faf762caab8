import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { errorOf, failureOf } from '../../src/infra/read-store/embedded/thread-messages.ts';
import { createAsOf } from '../../src/queries/as-of/as-of.ts';
import { logPosition, logReaderOf, queriesOver } from '../support/read-models.ts';
import { cursor, edge } from './edge.ts';

/** What SQLite throws where no page is left. */
const full = (): unknown => {
  const db = new DatabaseSync(':memory:');
  try {
    db.exec(
      'CREATE TABLE t (bytes BLOB) STRICT; PRAGMA max_page_count = 2; INSERT INTO t VALUES (zeroblob(9999))',
    );
    return undefined;
  } catch (error) {
    return error;
  } finally {
    db.close();
  }
};

const told = (error: unknown) => errorOf(structuredClone(failureOf(error)));

it.each([
  ['by the database', full()],
  ['by the database in another thread', told(full())],
  ['by the file system', Object.assign(new Error('no space left'), { code: 'ENOSPC' })],
])('a disk that is said to be full %s, where the past is made from the log, is told', async (_, error) => {
  const { queries, readStore } = await queriesOver();
  const asOf = createAsOf({
    ...{ readStore, now: Date.now, keys: { open: () => Promise.resolve('erased') } },
    log: { ...logReaderOf([]), lastPosition: () => Promise.resolve(logPosition(0)) },
    pastStores: { at: () => Promise.reject(error instanceof Error ? error : new Error('it was not full')) },
  });
  const app = await edge({}, { queries, asOf });
  const { statusCode, body } = await app.inject(`/api/v1/sagas?asOf=${cursor.encode(logPosition(0))}`);
  expect([statusCode, JSON.parse(body)]).toMatchObject([507, { code: 'storage_full' }]);
});
