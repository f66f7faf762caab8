import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { systemClock } from '../../src/infra/clock/system.ts';
import { embeddedBus } from '../../src/infra/message-bus/embedded/embedded.ts';
import type { InRecord } from '../../src/infra/message-bus/port.ts';
import { freshDirectory } from '../support/fresh-directory.ts';
import { call, post, read } from '../support/http-calls.ts';
import { gatedHook, writeLoad } from '../support/replay-load.ts';
import { startSkald } from '../support/skald-server.ts';

/** `REPLAY_EVENTS=100000` is what the product promises; fewer show the same sooner. */
const COUNT = Number(process.env['REPLAY_EVENTS'] ?? '3000');
const LONG_MS = 60_000 + COUNT * 5;
const WAIT = { timeout: LONG_MS, interval: 10 };

// Processes take a second or two to start on a busy machine.
vi.setConfig({ testTimeout: 3 * LONG_MS });

const made = z.looseObject({ sessionId: z.string() });
const session = z.looseObject({
  ...{ status: z.string(), total: z.int().nullable(), replayed: z.int(), failed: z.int(), skipped: z.int() },
});
const line = z.looseObject({
  skaldReplay: z.strictObject({ sessionId: z.string(), position: z.string().optional() }),
  event: z.looseObject({ eventId: z.string() }).optional(),
});

const sessionsAt = (address: string) => `${address}/api/v1/replay/sessions`;

const created = async (address: string, target: object, more: object = {}): Promise<string> => {
  const body = { target, filter: { categories: ['load'] }, ...more };
  const { status, text } = await post(sessionsAt(address), body);
  if (status !== 201) throw new Error(text);
  return made.parse(JSON.parse(text)).sessionId;
};

const steer = async (address: string, sessionId: string, verb: string): Promise<void> => {
  const { status, text } = await post(`${sessionsAt(address)}/${sessionId}/${verb}`, {});
  if (status !== 200) throw new Error(text);
};

const look = async (address: string, sessionId: string) =>
  read(await call(`${sessionsAt(address)}/${sessionId}`), session);

const whole = { status: 'COMPLETED', total: COUNT, replayed: COUNT, failed: 0, skipped: 0 };

const untilWhole = (address: string, sessionId: string): Promise<void> =>
  vi.waitFor(async () => expect(await look(address, sessionId)).toMatchObject(whole), WAIT);

/** In the order in which they came first. */
const distinct = (ids: readonly string[]): readonly string[] => [...new Set(ids)];

describe('a replay session', () => {
  it('that is paused, killed and resumed gives each event to a callback once, as its id tells', async () => {
    const dataDir = freshDirectory();
    const expected = await writeLoad(dataDir, COUNT);
    const hook = await gatedHook();
    const settings = { REPLAY_CALLBACK_HOSTS: hook.origin, BRIDGE_FROM: 'now' };
    const first = await startSkald(dataDir, settings);
    const id = await created(first.address, { kind: 'callback', url: `${hook.origin}/hook` });
    hook.closeAfter(Math.floor(COUNT / 4));
    await steer(first.address, id, 'start');
    await vi.waitFor(() => expect(hook.waits()).toBe(1), WAIT);
    await steer(first.address, id, 'pause');
    // It is recorded how far it was: a replay that is paused goes on exactly there.
    const quarter = { status: 'PAUSED', total: COUNT, replayed: Math.floor(COUNT / 4) };
    await vi.waitFor(async () => expect(await look(first.address, id)).toMatchObject(quarter), WAIT);
    hook.open();
    hook.closeAfter(Math.floor(COUNT / 2));
    await steer(first.address, id, 'resume');
    await vi.waitFor(() => expect(hook.waits()).toBe(1), WAIT);
    expect(hook.ids()).toEqual(expected.slice(0, Math.floor(COUNT / 2)));
    await first.kill();
    hook.open();
    const second = await startSkald(dataDir, settings);
    await untilWhole(second.address, id);
    expect(distinct(hook.ids())).toEqual(expected);
    // What was not recorded when it was killed came twice, and no more than that.
    expect(hook.ids().length - COUNT).toBeLessThanOrEqual(1000);
    expect(hook.taken.every((headers) => headers['skald-replay'] === id)).toBe(true);
    await steer(second.address, id, 'cancel').catch((error: unknown) => {
      expect(String(error)).toContain('replay_ended');
    });
    expect(second.output()).not.toMatch(/came to a stop/);
  });

  it('that is killed goes on at the right byte of a file, and gives each event to a topic once, as its id tells', async () => {
    const dataDir = freshDirectory();
    const expected = await writeLoad(dataDir, COUNT);
    const directory = freshDirectory();
    const file = join(directory, 'all.jsonl');
    const settings = { REPLAY_DIR: directory, BRIDGE_FROM: 'now' };
    const first = await startSkald(dataDir, settings);
    // So that there is a middle to be killed in: the recorded 50 ms from one append to the next become 5 ms.
    const toFile = await created(first.address, { kind: 'file', name: 'all.jsonl' }, { speed: 10 });
    const toTopic = await created(first.address, { kind: 'topic', name: 'all' }, { speed: 10 });
    await steer(first.address, toTopic, 'start');
    await steer(first.address, toFile, 'start');
    const least = COUNT * 200;
    await vi.waitFor(() => expect(existsSync(file) && statSync(file).size > least).toBe(true), WAIT);
    await first.kill();
    const { size } = statSync(file);
    const second = await startSkald(dataDir, settings);
    await untilWhole(second.address, toFile);
    await untilWhole(second.address, toTopic);
    expect(size).toBeLessThan(statSync(file).size);
    const lines = linesIn(file);
    expect(lines.flatMap(({ event }) => (event === undefined ? [] : [event.eventId]))).toEqual(expected);
    expect(lines.every(({ skaldReplay }) => skaldReplay.sessionId === toFile)).toBe(true);
    await second.stop();
    const records = await recordsOf(dataDir, 'skald.replay.all', COUNT);
    const ids = records.map((record) => headerOf(record, 'ce_id'));
    expect(distinct(ids).toSorted()).toEqual(expected.toSorted());
    expect(records.every((record) => headerOf(record, 'skald-replay') === toTopic)).toBe(true);
  });
});

const linesIn = (file: string) =>
  readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((text) => line.parse(JSON.parse(text)));

const headerOf = ({ headers }: InRecord, name: string): string =>
  Buffer.from(headers.find(([given]) => given === name)?.[1] ?? []).toString();

const recordsOf = async (dataDir: string, topic: string, least: number): Promise<readonly InRecord[]> => {
  const bus = await embeddedBus({ dataDir, clock: systemClock() });
  const records: InRecord[] = [];
  const ids = new Set<string>();
  const consumer = await bus.consume({
    ...{ group: 'reader', topics: [topic], onTrouble: () => undefined, onFatal: () => undefined },
    handle: (record) => {
      records.push(record);
      ids.add(headerOf(record, 'ce_id'));
      return Promise.resolve();
    },
  });
  await vi.waitFor(() => expect(ids.size).toBe(least), WAIT);
  await consumer.stop();
  await bus.close();
  return records;
};
