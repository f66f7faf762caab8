import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { embeddedBus } from '../../src/infra/message-bus/embedded/embedded.ts';
import type { MessageBus } from '../../src/infra/message-bus/port.ts';
import { filesWith, freshDirectory } from '../support/fresh-directory.ts';
import { manualClock } from '../support/manual-clock.ts';

const HOUR_MS = 3_600_000;
const KEPT_MS = 100_000;
const SHORT = { name: 'short', partitions: 1, retentionMs: KEPT_MS };
const LONG = { name: 'long', partitions: 3, retentionMs: -1 };

/** Sizes that make SQLite move records between its pages while others come and go: one sequence, told by its seed. */
const sizes = (seed: number) => {
  let state = seed;
  const next = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  return { isShort: () => next() < 0.5, size: () => Math.floor(next() ** 4 * 9000) };
};

describe('what retention took away from the embedded bus', () => {
  it('is in no file any more within an hour, while the bus is open', { timeout: 60_000 }, async () => {
    const dataDir = freshDirectory();
    const clock = manualClock();
    const settled = () => new Promise(setImmediate);
    const bus: MessageBus = await embeddedBus({ dataDir, clock });
    onTestFinished(() => bus.close());
    await bus.ensureTopics([SHORT, LONG]);
    const marks = new Map<string, string[]>([
      ['short', []],
      ['long', []],
    ]);
    const { isShort, size } = sizes(11);
    for (let number = 0; number < 1500; number += 1) {
      const topic = isShort() ? 'short' : 'long';
      const [begin, end] = [`begin-${number}-`, `-end-${number}.`];
      const value = Buffer.from(`${begin}${'x'.repeat(size())}${end}`);
      await bus.publish([{ topic, key: null, value, headers: [['h', Buffer.from(begin)]] }]);
      marks.get(topic)?.push(begin, end);
      await clock.advance(number % 37 === 36 ? 12_000 : 200, settled);
      if (number % 37 === 36) await bus.ensureTopics([]);
    }
    const left = (topic: string) => {
      const files = readdirSync(dataDir).map((name) => readFileSync(join(dataDir, name), 'latin1'));
      return (marks.get(topic) ?? []).filter((mark) => files.some((bytes) => bytes.includes(mark)));
    };
    expect(left('short').length).toBeGreaterThan(0);
    for (let look = 0; look < 3; look += 1) {
      await clock.advance(HOUR_MS, settled);
      await bus.ensureTopics([]);
    }
    expect(left('short')).toEqual([]);
    expect(left('long')).toEqual(marks.get('long'));
  });

  it('waits for its turn while another process reads the file, and the bus goes on', async () => {
    const dataDir = freshDirectory();
    const clock = manualClock();
    const bus: MessageBus = await embeddedBus({
      dataDir,
      clock,
      onFailure: (error) => expect.fail(error.message),
    });
    onTestFinished(() => bus.close());
    await bus.ensureTopics([SHORT]);
    const publish = (text: string) =>
      bus.publish([{ topic: 'short', key: null, value: Buffer.from(text), headers: [] }]);
    await publish('a private matter');
    const reader = new DatabaseSync(join(dataDir, 'bus.db'));
    reader.exec('BEGIN; SELECT count(*) FROM records');
    await clock.advance(2 * KEPT_MS, () => new Promise(setImmediate));
    await bus.ensureTopics([]);
    await clock.advance(HOUR_MS, () => new Promise(setImmediate));
    await bus.ensureTopics([]);
    expect(await publish('goes on')).toEqual({ kind: 'ok' });
    expect(filesWith(dataDir, Buffer.from('a private matter'))).not.toEqual([]);
    reader.close();
    await clock.advance(HOUR_MS, () => new Promise(setImmediate));
    await bus.ensureTopics([]);
    await publish('after it');
    expect(filesWith(dataDir, Buffer.from('a private matter'))).toEqual([]);
  });
});
