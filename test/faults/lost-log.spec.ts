// A log that is sound in itself, but ends before where it had been (F-S-05).
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { z } from 'zod';
import { embeddedEventStore } from '../../src/infra/event-store/embedded/embedded.ts';
import { acceptLoss, logMark } from '../../src/infra/event-store/embedded/log-mark.ts';
import { toPosition } from '../../src/infra/event-store/embedded/position.ts';
import { NO_STREAM } from '../../src/infra/event-store/port.ts';
import { anEvent, filled, metadata, streamName } from '../support/events.ts';
import { freshDirectory } from '../support/fresh-directory.ts';
import { call, post } from '../support/http-calls.ts';
import { manualClock } from '../support/manual-clock.ts';
import { refusedStart, startSkald } from '../support/skald-server.ts';

const names = z.object({ items: z.array(z.object({ orchName: z.string() })) });
/** A log with its mark, as a process opens it. */
const opened = async (dataDir: string, acceptedEnd?: number) => {
  const clock = manualClock();
  if (acceptedEnd !== undefined) acceptLoss(dataDir, acceptedEnd);
  const mark = logMark(dataDir, clock);
  const store = await embeddedEventStore({ dataDir, clock, onCommit: mark.moved });
  onTestFinished(() => store.close());
  await mark.follow(store, acceptedEnd);
  const close = async (): Promise<void> => {
    await mark.stop();
    await store.close();
  };
  return { store, clock, close };
};

const markIn = (dataDir: string): unknown => JSON.parse(readFileSync(join(dataDir, 'log.mark'), 'utf8'));

const cutTo = (dataDir: string, position: number): void => {
  const db = new DatabaseSync(join(dataDir, 'log.db'));
  db.prepare('DELETE FROM events WHERE position > ?').run(position);
  db.close();
};

describe('the mark of how far a log has come', () => {
  it('follows the log within a second, and at its end', async () => {
    const dataDir = freshDirectory();
    const { store, clock, close } = await opened(dataDir);
    await filled(store, 3);
    expect(markIn(dataDir)).toEqual({ logId: store.logId, position: 0 });
    await clock.advance(1000, turn);
    await vi.waitFor(() => expect(markIn(dataDir)).toEqual({ logId: store.logId, position: 3 }));
    await filled(store, 2);
    await close();
    expect(markIn(dataDir)).toEqual({ logId: store.logId, position: 5 });
  });

  it('stops a log that has lost its end, until that is accepted for this very end', async () => {
    const dataDir = freshDirectory();
    const { store, close } = await opened(dataDir);
    await filled(store, 5);
    await close();
    cutTo(dataDir, 3);
    expect([2, 4, 5].map((end) => acceptLoss(dataDir, end))).toEqual([false, false, false]);
    for (const accepted of [undefined, 2])
      await expect(opened(dataDir, accepted)).rejects.toThrow('events 4 to 5 are gone');
    await (await opened(dataDir, 3)).close();
    const again = await opened(dataDir, 3);
    await filled(again.store, 4);
    await again.close();
    // One epoch, begun where the end was accepted: positions behind it hold other events now.
    const { store: last, close: closeLast } = await opened(dataDir, 3);
    expect(last.epochs).toEqual([{ id: expect.any(String) as unknown, after: toPosition(3) }]);
    await closeLast();
  });

  it('leaves it to who opens the log to say that its end cannot be read', async () => {
    const dataDir = freshDirectory();
    const { store, close } = await opened(dataDir);
    await filled(store, 5);
    await close();
    cutTo(dataDir, 3);
    const db = new DatabaseSync(join(dataDir, 'log.db'));
    db.exec("UPDATE events SET body = x'00' WHERE position = 3");
    db.close();
    expect(acceptLoss(dataDir, 3)).toBe(false);
    await expect(opened(dataDir, 3)).rejects.toMatchObject({ name: 'UnsafeDatabase' });
  });

  it('stops nothing where it is missing, or torn', async () => {
    const dataDir = freshDirectory();
    const { store, close } = await opened(dataDir);
    await filled(store, 2);
    await close();
    writeFileSync(join(dataDir, 'log.mark'), '{"logId":"');
    cutTo(dataDir, 1);
    await (await opened(dataDir)).close();
  });
});

describe('a server whose write-ahead log is gone', { timeout: 60_000 }, () => {
  it('does not start as if nothing had ever been, and does where it is told to', async () => {
    const dataDir = freshDirectory();
    const server = await startSkald(dataDir);
    const body = { orchName: 'tenant', as: 'worker', steps: [{ name: 'a' }] };
    const headers = { 'x-service-name': 'a-service' };
    expect((await post(`${server.address}/api/orchestration/register`, body, headers)).status).toBe(200);
    await vi.waitFor(() => expect(markIn(dataDir)).not.toMatchObject({ position: 0 }), { timeout: 10_000 });
    await server.kill();
    for (const end of ['wal', 'shm']) rmSync(join(dataDir, `log.db-${end}`), { force: true });

    const { exitCode, output } = await refusedStart({ DATA_DIR: dataDir });
    expect(exitCode).toBe(74);
    expect(output).toMatch(
      /log\.db is another log, which ends at position 0: the one that had reached \d+ is gone/,
    );
    expect(output).toContain('start with ACCEPT_LOSS=0');
    // Where the log grows past what they were made of before they are made again, nobody could tell.
    const ofBefore = new DatabaseSync(join(dataDir, 'read.db'));
    ofBefore.exec('CREATE TABLE of_before (id INTEGER)');
    ofBefore.close();
    mkdirSync(join(dataDir, 'snapshots'), { recursive: true });
    writeFileSync(join(dataDir, 'snapshots', 'of-before.json'), '');
    const accepted = await startSkald(dataDir, { ACCEPT_LOSS: '0' });
    expect((await call(`${accepted.address}/readyz`)).status).toBe(200);
    expect(await accepted.stop()).toBe(0);
    const readModels = new DatabaseSync(join(dataDir, 'read.db'), { readOnly: true });
    onTestFinished(() => readModels.close());
    const found = readModels.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'of_before'").get();
    expect(found).toBeUndefined();
    expect(existsSync(join(dataDir, 'snapshots', 'of-before.json'))).toBe(false);
  });
});

describe('read models of a log that was put back by hand', { timeout: 60_000 }, () => {
  it('are made again, though no mark is left and the log has grown past them', async () => {
    const dataDir = freshDirectory();
    const log = join(dataDir, 'log.db');
    const register = (address: string, orchName: string) => {
      const body = { orchName, as: 'worker', steps: [{ name: 'a' }] };
      return post(`${address}/api/orchestration/register`, body, { 'x-service-name': 'a-service' });
    };
    const listed = async (address: string): Promise<unknown> => {
      const { text } = await call(`${address}/api/v1/orchestrations`);
      return names.parse(JSON.parse(text)).items.map(({ orchName }) => orchName);
    };
    const server = await startSkald(dataDir);
    await register(server.address, 'kept');
    expect(await server.stop()).toBe(0);
    copyFileSync(log, `${log}.older`);
    const ahead = await startSkald(dataDir);
    await register(ahead.address, 'lost');
    await vi.waitFor(async () => expect(await listed(ahead.address)).toEqual(['kept', 'lost']));
    expect(await ahead.stop()).toBe(0);

    for (const gone of ['log.mark', 'log.db-wal', 'log.db-shm']) rmSync(join(dataDir, gone), { force: true });
    renameSync(`${log}.older`, log);
    const grown = await embeddedEventStore({ dataDir });
    for (let number = 0; number < 50; number += 1)
      await grown.append(streamName('setting'), NO_STREAM, [anEvent()], metadata());
    await grown.close();
    const again = await startSkald(dataDir);
    await vi.waitFor(async () => expect(await listed(again.address)).toEqual(['kept']), { timeout: 10_000 });
    expect(await again.stop()).toBe(0);
  });
});
