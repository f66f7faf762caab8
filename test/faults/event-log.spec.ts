import { statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { randomUUID } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { EmbeddedOptions } from '../../src/infra/event-store/embedded/embedded.ts';
import { embeddedEventStore } from '../../src/infra/event-store/embedded/embedded.ts';
import { LogDamaged, NewerLayout, PositionUnknown } from '../../src/infra/event-store/errors.ts';
import { verifyChain } from '../support/verify-chain.ts';
import type { EventStore } from '../../src/infra/event-store/port.ts';
import { NO_STREAM, START } from '../../src/infra/event-store/port.ts';
import { anEvent, appended, filled, headOf, metadata, readAllOf, streamName } from '../support/events.ts';
import { freshDirectory } from '../support/fresh-directory.ts';

const opened = async (dataDir: string, options: Partial<EmbeddedOptions> = {}): Promise<EventStore> => {
  const store = await embeddedEventStore({ ...options, dataDir });
  onTestFinished(() => store.close());
  return store;
};

/** Changes a closed log behind its back, as a bad disk would. */
const tamper = (dataDir: string, sql: string, ...values: (string | number)[]): void => {
  const db = new DatabaseSync(join(dataDir, 'log.db'));
  expect(db.prepare(sql).run(...values).changes).toBe(1);
  db.close();
};

const readWhole = (store: EventStore, stream: string) =>
  store.readStream(stream, { from: 0, direction: 'forwards', max: 4096 });

describe('a full disk (F-S-01)', () => {
  it('refuses appends, keeps what is there readable, and heals when space returns', async () => {
    const dataDir = freshDirectory();
    const store = await opened(dataDir, { maxPages: 40 });
    const written: string[] = [];
    const append = async (size: number) => {
      const stream = streamName('saga');
      const result = await store.append(
        stream,
        NO_STREAM,
        [anEvent('Big', { x: 'x'.repeat(size) })],
        metadata(),
      );
      if (result.kind === 'ok') written.push(stream);
      return result;
    };
    let result = await append(10_000);
    while (result.kind === 'ok') result = await append(10_000);
    expect(result).toMatchObject({ kind: 'refused', code: 'storage_full' });
    expect(written.length).toBeGreaterThan(3);
    expect((await readAllOf(store, { max: 100 })).map(({ stream }) => stream)).toEqual(written);
    // A small one fits where the large ones of its group do not.
    const group = await Promise.all([append(10_000), append(10), append(10_000)]);
    expect(group.map(({ kind }) => kind)).toEqual(['refused', 'ok', 'refused']);
    expect((await readAllOf(store, { max: 100 })).map(({ stream }) => stream)).toEqual(written);
    await store.close();
    const roomy = await opened(dataDir);
    appended(
      await roomy.append(
        streamName('saga'),
        NO_STREAM,
        [anEvent('Big', { x: 'x'.repeat(10_000) })],
        metadata(),
      ),
    );
    expect(await readAllOf(roomy, { max: 100 })).toHaveLength(written.length + 1);
  });
});

describe('damage', () => {
  const logOf = async (dataDir: string) => {
    const store = await embeddedEventStore({ dataDir });
    const stream = streamName('saga');
    const first = appended(
      await store.append(stream, NO_STREAM, [anEvent(), anEvent(), anEvent()], metadata()),
    );
    const [other] = await filled(store, 1);
    await store.close();
    return { stream, first: first.events, other: other?.stream ?? '' };
  };
  const FLIPPED = `UPDATE events SET body = CAST(substr(body, 1, length(body) - 3) || x'5a' || substr(body, -2) AS BLOB)
    WHERE revision = 1`;

  it('of one byte is reported with its place, never served, and leaves other streams alone (F-S-04)', async () => {
    const dataDir = freshDirectory();
    const { stream, other } = await logOf(dataDir);
    tamper(dataDir, FLIPPED);
    const found: string[] = [];
    const store = await opened(dataDir, { onDamage: (details) => found.push(...details) });
    expect(found).toEqual([expect.stringContaining(`${stream} is damaged at revision 1`)]);
    await expect(readWhole(store, stream)).rejects.toMatchObject({ name: 'LogDamaged', stream, revision: 1 });
    const before = await store.readStream(stream, { from: 0, direction: 'forwards', max: 1 });
    expect(before.events).toHaveLength(1);
    await expect(readAllOf(store, { max: 10 })).rejects.toBeInstanceOf(LogDamaged);
    const batches = store
      .subscribe({ after: START, signal: new AbortController().signal })
      [Symbol.asyncIterator]();
    await expect(batches.next()).rejects.toBeInstanceOf(LogDamaged);
    expect((await readWhole(store, other)).events).toHaveLength(1);
  });

  it('that removes an event is reported, in the middle and at the end of a stream', async () => {
    for (const revision of [1, 2]) {
      const dataDir = freshDirectory();
      const { stream, first } = await logOf(dataDir);
      tamper(dataDir, 'DELETE FROM events WHERE revision = ?', revision);
      const store = await opened(dataDir);
      await expect(readWhole(store, stream)).rejects.toMatchObject({ stream, revision });
      await expect(store.readAll({ after: START, max: 10 })).rejects.toBeInstanceOf(LogDamaged);
      const again = await store.append(stream, headOf(first), [anEvent()], metadata());
      expect(again.kind).toBe(revision === 2 ? 'refused' : 'ok');
    }
  });

  it('that cuts off the end of the log is noticed by a consumer that had been further', async () => {
    const dataDir = freshDirectory();
    const { first } = await logOf(dataDir);
    const position = first.at(-1)?.position ?? '';
    tamper(dataDir, 'DELETE FROM events WHERE position = 4');
    tamper(dataDir, 'DELETE FROM events WHERE position = 3');
    const store = await opened(dataDir);
    const batches = store
      .subscribe({ after: position, signal: new AbortController().signal })
      [Symbol.asyncIterator]();
    await expect(batches.next()).rejects.toBeInstanceOf(PositionUnknown);
  });

  it('is not caused by opening a log that a newer version wrote (F-S-08)', async () => {
    const dataDir = freshDirectory();
    await logOf(dataDir);
    tamper(dataDir, `UPDATE meta SET value = '2' WHERE key = 'layout'`);
    await expect(embeddedEventStore({ dataDir })).rejects.toBeInstanceOf(NewerLayout);
  });
});

const append = (store: EventStore) => store.append(streamName('saga'), NO_STREAM, [anEvent()], metadata());

describe('the writer', () => {
  it('shares one commit among the appends that wait for the one before', async () => {
    const appendsOf = new Map<number, number>();
    const onCommit = (commit: number, appends: number) =>
      appendsOf.set(commit, (appendsOf.get(commit) ?? 0) + appends);
    const store = await opened(freshDirectory(), { onCommit });
    const worker = async () => {
      for (let turn = 0; turn < 10; turn += 1) await filled(store, 1);
    };
    await Promise.all(Array.from({ length: 32 }, worker));
    const appends = [...appendsOf.values()].reduce((sum, count) => sum + count, 0);
    expect(appends).toBe(320);
    expect(appendsOf.size).toBeLessThan(100);
    await filled(store, 1);
    expect(appendsOf.size).toBeGreaterThan(1);
  });

  it('writes what is appended in one turn in one commit, however many parts it comes in', async () => {
    const commits: number[] = [];
    const onCommit = (commit: number) => commits.push(commit);
    const store = await embeddedEventStore({ dataDir: freshDirectory(), onCommit });
    onTestFinished(store.close);
    const { position } = appended(await append(store)).events[0] ?? { position: '' };
    commits.length = 0;
    const first = Array.from({ length: 40 }, () => append(store));
    const saved = store.checkpoints.save('bridge', position);
    const results = await Promise.all([...first, ...Array.from({ length: 40 }, () => append(store))]);
    await saved;
    expect(results.map(({ kind }) => kind)).toEqual(results.map(() => 'ok'));
    expect(commits.length).toBeGreaterThan(2);
    expect(new Set(commits).size).toBe(1);
  });

  it('leaves the other appends of a group alone when one is refused', async () => {
    const store = await opened(freshDirectory());
    const stream = streamName('saga');
    const first = appended(await store.append(stream, NO_STREAM, [anEvent()], metadata()));
    const results = await Promise.all([
      store.append(stream, headOf(first.events), [anEvent()], metadata()),
      store.append(stream, NO_STREAM, [anEvent()], metadata()),
      store.append(streamName('saga'), NO_STREAM, [anEvent()], metadata()),
      store.append(stream, { ...headOf(first.events), hash: 'b'.repeat(64) }, [anEvent()], metadata()),
    ]);
    expect(results.map(({ kind }) => kind)).toEqual(['ok', 'conflict', 'ok', 'conflict']);
    expect(verifyChain((await readWhole(store, stream)).events)).toMatchObject({
      kind: 'intact',
      revision: 1,
    });
  });

  it('keeps a run of eight events below 2.6 kB on disk', async () => {
    const dataDir = freshDirectory();
    const store = await opened(dataDir);
    const runs = 500;
    await Promise.all(Array.from({ length: runs }, () => aRun(store)));
    await store.close();
    expect(statSync(join(dataDir, 'log.db')).size / runs).toBeLessThan(2600);
  });
});

/** Four appends as a run of three steps makes them: 120 to 220 bytes of data an event. */
const aRun = async (store: EventStore): Promise<void> => {
  const flowId = randomUUID();
  const stream = `saga-${flowId}`;
  let head = NO_STREAM;
  for (const sizes of [
    [220, 160],
    [190, 160],
    [190, 160],
    [190, 120],
  ]) {
    const events = sizes.map((size) => anEvent('StepDispatched', { x: 'x'.repeat(size - 8) }));
    const actor = { kind: 'service', id: 'billing', source: 'http' } as const;
    const own = {
      ...metadata(),
      correlationId: flowId,
      actor,
      ...(head === NO_STREAM ? { owner: 'billing' } : {}),
    };
    head = headOf(appended(await store.append(stream, head, events, own)).events);
  }
};
