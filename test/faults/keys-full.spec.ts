import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { answerTo } from '../../src/infra/http/error-handler.ts';
import { embeddedKeys } from '../../src/infra/keys/embedded.ts';
import { KeysFailed } from '../../src/infra/keys/key-thread.ts';
import { freshDirectory } from '../support/fresh-directory.ts';

const REFUSED_BY_TRIGGER = 1811;
const FULL = 13;

it('says by what code of SQLite no key could be made', async () => {
  const [dataDir, masterKey] = [freshDirectory(), new Uint8Array(randomBytes(32))];
  const first = await embeddedKeys({ dataDir, masterKey: masterKey.slice() });
  await first.close();
  const db = new DatabaseSync(join(dataDir, 'keys.db'));
  db.exec("CREATE TRIGGER no_more BEFORE INSERT ON blocks BEGIN SELECT RAISE(ABORT, 'no more'); END");
  db.close();
  const keys = await embeddedKeys({ dataDir, masterKey });
  const failed = await Promise.resolve(keys.reserve()).catch((error: unknown) => error);
  await keys.close();
  expect(failed).toBeInstanceOf(KeysFailed);
  expect(failed).toMatchObject({ errcode: REFUSED_BY_TRIGGER });
});

it('answers 507 where the disk has no room for another key', () => {
  const { problem, isOurs } = answerTo(new KeysFailed('Error: database or disk is full', { errcode: FULL }));
  expect([problem.status, problem.code, isOurs]).toEqual([507, 'storage_full', false]);
});
