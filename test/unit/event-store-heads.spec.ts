import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Append } from '../../src/infra/event-store/embedded/append-one.ts';
import { endOf } from '../../src/infra/event-store/embedded/log-end.ts';
import type { AppendReply } from '../../src/infra/event-store/embedded/protocol.ts';
import { openLog } from '../../src/infra/event-store/embedded/schema.ts';
import { groupWriter } from '../../src/infra/event-store/embedded/write.ts';
import type { Head } from '../../src/infra/event-store/port.ts';
import { NO_STREAM } from '../../src/infra/event-store/port.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'skald-heads-'));
});
afterEach(() => {
  rmSync(dir, { recursive: true });
});

const opened = () => {
  const db = openLog(join(dir, 'log.db'));
  const writer = groupWriter(db, endOf(db));
  const write = (group: readonly Append[]) => writer(group, () => []);
  const wrong = db.prepare(
    'SELECT name FROM streams WHERE head IS NOT (SELECT max(revision) FROM events WHERE stream_id = streams.id)',
  );
  return { db, write, wrong: () => wrong.all() };
};

const append = (stream: string, expected: Head, characters = 1) => {
  const actor = { kind: 'service', id: 'billing', source: 'http' } as const;
  const commandId = randomUUID();
  const event = {
    eventId: randomUUID(),
    type: 'A',
    schemaVersion: '1.0',
    data: `"${'x'.repeat(characters)}"`,
  };
  const metadata = { commandId, causationId: commandId, correlationId: commandId, actor };
  return { nowMs: 1, request: { stream, expected, events: [event], metadata } };
};

const behind = (revision: number, reply: AppendReply | undefined): Head => {
  if (reply?.kind !== 'written') throw new Error(`the append was answered with ${String(reply?.kind)}`);
  return { revision, hash: reply.hashes[0] ?? '' };
};

it('writes the head of a stream that grows more than once in one commit', () => {
  const { db, write, wrong } = opened();
  const [first] = write([append('saga-1', NO_STREAM)]);
  const second = append('saga-1', behind(0, first));
  // Refused in the same commit, and in the way of nobody.
  const replies = write([second, append('saga-1', NO_STREAM), append('saga-2', NO_STREAM)]);
  expect(replies.map(({ kind }) => kind)).toEqual(['written', 'conflict', 'written']);
  const third = append('saga-2', behind(0, replies[2]));
  const [fourth, fifth] = write([append('saga-1', behind(1, replies[0])), third]);
  expect(wrong()).toEqual([]);
  expect([fourth?.kind, fifth?.kind]).toEqual(['written', 'written']);
  db.close();
});

it('writes the head of a stream that is new and grows again in the same commit', () => {
  const probe = opened();
  const start = append('saga-1', NO_STREAM);
  const [first] = probe.write([start]);
  probe.db.close();
  rmSync(join(dir, 'log.db'));

  const { db, write, wrong } = opened();
  // The same start at the same time has the same hash, so what follows it is known beforehand.
  const replies = write([start, append('saga-1', behind(0, first))]);
  expect(replies.map(({ kind }) => kind)).toEqual(['written', 'written']);
  expect(wrong()).toEqual([]);
  expect(db.prepare('SELECT head FROM streams').all()).toEqual([{ head: 1 }]);
  db.close();
});

it('forgets what a commit that failed had moved', () => {
  const { db, write, wrong } = opened();
  const [first] = write([append('saga-1', NO_STREAM)]);
  const head = behind(0, first);
  const pages = Number(db.prepare('PRAGMA page_count').get()?.['page_count']);
  db.exec(`PRAGMA max_page_count = ${String(pages + 2)}`);
  const large = append('saga-3', NO_STREAM, 100_000);
  expect(() => write([append('saga-1', head), append('saga-2', NO_STREAM), large])).toThrow('full');
  db.exec('PRAGMA max_page_count = 100000');

  const replies = write([append('saga-2', NO_STREAM), append('saga-1', head), large]);
  expect(replies.map(({ kind }) => kind)).toEqual(['written', 'written', 'written']);
  expect(wrong()).toEqual([]);
  db.close();
});
