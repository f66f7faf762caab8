// Answers as of then where the log and the read models are on servers: the read models of then are files of the process.
import { randomBytes } from 'node:crypto';
import { afterAll, expect, it } from 'vitest';
import { aNamespace } from '../support/event-store-db.ts';
import { freshDirectory } from '../support/fresh-directory.ts';
import { play } from '../support/past-moves.ts';
import type { Move } from '../support/past-moves.ts';
import { again, askAt, record } from '../support/past-record.ts';
import type { Recorded } from '../support/past-record.ts';
import { startMongo } from '../support/servers/mongo.ts';
import { startSkald } from '../support/skald-server.ts';
import { startLogServer } from '../support/stack/log-server.ts';

const [log, mongo] = await Promise.all([startLogServer(), startMongo()]);
afterAll(async () => {
  await Promise.all([log.stop(), mongo.stop()]);
});

const HISTORY: readonly Move[] = [
  ...[{ kind: 'start', pick: 0 } as const, { kind: 'define', pick: 2 } as const],
  ...[{ kind: 'serve', pick: 2 } as const, { kind: 'work', pick: 1 } as const],
  ...[{ kind: 'deliver', pick: 1 } as const, { kind: 'fail', pick: 0 } as const],
];

it('are byte by byte those of then, from any process', { timeout: 180_000 }, async () => {
  const settings = {
    ...{ EVENTSTOREDB_URL: log.url, MONGODB_URL: mongo.url, NAMESPACE: aNamespace(), BUS: 'off' },
    MASTER_KEY: randomBytes(32).toString('hex'),
  };
  const ask = askAt((await startSkald(freshDirectory(), settings)).address);
  const recorded: Recorded[] = [];
  for (const [number, move] of HISTORY.entries()) {
    await play(ask, move);
    if (number % 2 === 1) recorded.push(await record(ask));
  }
  for (const then of recorded) expect(await again(ask, then)).toEqual(then.answers);
  const other = askAt((await startSkald(freshDirectory(), settings)).address);
  for (const then of recorded) expect(await again(other, then)).toEqual(then.answers);

  const [first] = recorded;
  const now = await ask(`/api/v1/sagas/counts?asOf=${new Date().toISOString()}`);
  expect([now.status, now.header('skald-as-of-exact')]).toEqual([200, 'false']);
  expect(first?.answers.get('/api/v1/sagas/counts')).not.toBe(now.text);
});
