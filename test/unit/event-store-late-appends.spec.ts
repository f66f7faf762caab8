import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { z } from 'zod';
import type { Append } from '../../src/infra/event-store/embedded/append-one.ts';
import { commitGroup } from '../../src/infra/event-store/embedded/commit.ts';
import { endOf } from '../../src/infra/event-store/embedded/log-end.ts';
import { openLog } from '../../src/infra/event-store/embedded/schema.ts';
import { groupWriter } from '../../src/infra/event-store/embedded/write.ts';
import type { GroupWriter } from '../../src/infra/event-store/embedded/write.ts';
import { NO_STREAM } from '../../src/infra/event-store/port.ts';
import type { Head } from '../../src/infra/event-store/port.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'skald-late-'));
});
afterEach(() => {
  rmSync(dir, { recursive: true });
});

const opened = () => {
  const path = join(dir, 'log.db');
  const db = openLog(path);
  const write = groupWriter(db, endOf(db));
  const streams = db.prepare('SELECT name FROM streams ORDER BY id');
  return { db, write, streams: () => streams.all().map(({ name }) => name) };
};

const start = (stream: string, characters = 1): Append => {
  const actor = { kind: 'service', id: 'billing', source: 'http' } as const;
  const commandId = randomUUID();
  const data = `"${'x'.repeat(characters)}"`;
  const event = { eventId: randomUUID(), type: 'A', schemaVersion: '1.0', data };
  const metadata = { commandId, causationId: commandId, correlationId: commandId, actor };
  return { nowMs: 1, request: { stream, expected: NO_STREAM, events: [event], metadata } };
};

const behind = ({ nowMs, request }: Append, expected: Head): Append => ({
  nowMs,
  request: { ...request, expected },
});

/** What comes one lot after the other; nothing more behind the last. */
const coming = (...lots: (readonly Append[])[]) => ({
  more: (): readonly Append[] => lots.shift() ?? [],
  left: () => lots.length,
});

it('writes what comes while a group is written in the same commit, in its order', () => {
  const { db, write, streams } = opened();
  const reader = openLog(join(dir, 'log.db'));
  const seen: unknown[] = [];
  const { more } = coming([start('saga-2'), start('saga-1')], [start('saga-3')]);
  const replies = write([start('saga-1')], () => {
    seen.push(endOf(reader).position);
    return more();
  });
  // Until nothing more came; nobody could see any of it before.
  expect(seen).toEqual([0, 0, 0]);
  expect(endOf(reader).position).toBe(3);
  expect(replies.map(({ kind }) => kind)).toEqual(['written', 'written', 'conflict', 'written']);
  expect(streams()).toEqual(['saga-1', 'saga-2', 'saga-3']);
  reader.close();
  db.close();
});

it('commits at last, also where ever more comes', () => {
  const { db, write } = opened();
  let count = 0;
  const replies = write([start('saga-0')], () => [start(`saga-${String((count += 1))}`)]);
  expect(replies).toHaveLength(256);
  expect(endOf(db).position).toBe(256);
  db.close();
});

it('answers each by itself where the disk is full for what came late', () => {
  const { db, write, streams } = opened();
  write([start('saga-0')], () => []);
  const pages = Number(db.prepare('PRAGMA page_count').get()?.['page_count']);
  db.exec(`PRAGMA max_page_count = ${String(pages + 2)}`);
  const { more, left } = coming([start('saga-2', 100_000), start('saga-3')]);
  const { replies, fatal } = commitGroup(write, [start('saga-1')], more);
  expect(fatal).toBeUndefined();
  expect(left()).toBe(0);
  expect(replies.map(({ kind }) => kind)).toEqual(['written', 'refused', 'written']);
  expect(streams()).toEqual(['saga-0', 'saga-1', 'saga-3']);
  db.close();
});

it('goes on from what the same commit has, and answers what it has already', () => {
  const { db, write } = opened();
  const first = start('saga-1');
  const elsewhere = start('saga-1');
  const [{ kind, ...written } = { kind: 'none' }] = write([first], () => []);
  expect(kind).toBe('written');
  const head = z.object({ hashes: z.tuple([z.string()]) }).parse(written).hashes[0];
  const next = behind(start('saga-1'), { revision: 0, hash: head });
  const { more } = coming([next], [{ ...next, nowMs: 9 }, first], [elsewhere]);
  const replies = write([start('saga-2')], more);
  expect(replies.map((reply) => reply.kind)).toEqual(['written', 'written', 'stored', 'stored', 'conflict']);
  expect(endOf(db).position).toBe(3);
  db.close();
});

it('never goes back in time, however late what came is', () => {
  const { db, write } = opened();
  const at = (stream: string, nowMs: number): Append => ({ ...start(stream), nowMs });
  const { more } = coming([at('saga-2', 3000)], [at('saga-3', 4000)]);
  const replies = write([at('saga-1', 4000)], more);
  const times = replies.map((reply) => (reply.kind === 'written' ? Date.parse(reply.recordedAt) : 0));
  expect(times).toEqual([4000, 4000, 4000]);
  db.close();
});

it.each([
  ['something the file cannot be trusted after', 10, ['ambiguous', 'ambiguous', 'ambiguous'], 'gone'],
  ['a file that is busy', 5, ['ambiguous', 'ambiguous', 'ambiguous'], undefined],
])('answers all that was taken before %s', (_, errcode, kinds, fatal) => {
  const { more, left } = coming([start('saga-2'), start('saga-3')], [start('saga-4')]);
  const failing: GroupWriter = (_group, came) => {
    came();
    throw Object.assign(new Error('gone'), { code: 'ERR_SQLITE_ERROR', errcode });
  };
  const done = commitGroup(failing, [start('saga-1')], more);
  expect(done.replies.map(({ kind }) => kind)).toEqual(kinds);
  expect(done.fatal).toBe(fatal);
  // Who comes behind that is answered with the next group.
  expect(left()).toBe(1);
});
