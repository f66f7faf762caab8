import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/infra/clock/system.ts';
import { embeddedBus } from '../../src/infra/message-bus/embedded/embedded.ts';
import type { MessageBus } from '../../src/infra/message-bus/port.ts';
import { aRecord, valueOf } from '../support/bus-record.ts';
import { lagsOf, newTopic, numbers, publishAll, read, until, untilSeen } from '../support/bus-records.ts';
import { filesWith, freshDirectory } from '../support/fresh-directory.ts';

const PROGRAM = fileURLToPath(new URL('../support/bus-process.ts', import.meta.url));

const opened = async (dataDir: string, sessionTimeoutMs = 10_000): Promise<MessageBus> => {
  const bus = await embeddedBus({ dataDir, clock: systemClock(), sessionTimeoutMs });
  onTestFinished(() => bus.close());
  return bus;
};

type Program = {
  readonly child: ChildProcess;
  readonly lines: string[];
  readonly killed: () => Promise<void>;
};

const started = (...args: string[]): Program => {
  const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  const killed = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'close');
    child.kill('SIGKILL');
    await ended;
  };
  onTestFinished(killed);
  return { child, lines, killed };
};

describe('the embedded bus and processes that end', () => {
  it('keeps every record it acknowledged when the publisher is killed', async () => {
    const dataDir = freshDirectory();
    const bus = await opened(dataDir);
    const topic = await newTopic(bus);
    const publisher = started(dataDir, 'publish', topic);
    await until(() => {
      expect(publisher.lines.length).toBeGreaterThan(50);
    });
    await publisher.killed();
    const [lag] = await bus.lag('nobody', [topic]);
    const reader = await read(bus, { topics: [topic] });
    await until(() => {
      expect(reader.seen.length).toBe(Number(lag?.end));
    });
    expect(publisher.child.signalCode).toBe('SIGKILL');
    const acknowledged = publisher.lines.length;
    expect(reader.seen.map(valueOf).slice(0, acknowledged)).toEqual(numbers(1, acknowledged + 1));
    // One more may have been written whose answer was never printed.
    expect(reader.seen.length - acknowledged).toBeLessThanOrEqual(1);
  });

  it('gives the partition of a killed reader to the next one at once, from what it did not handle', async () => {
    const dataDir = freshDirectory();
    const bus = await opened(dataDir, 600_000);
    const topic = await newTopic(bus);
    await publishAll(bus, topic, ['a']);
    const other = started(dataDir, 'read', topic);
    await until(() => {
      expect(other.lines).toEqual(['a']);
    });
    await other.killed();
    const reader = await read(bus, { topics: [topic], group: 'readers' });
    await untilSeen(reader, ['a']);
  });

  it('goes on without a reader that has stood still for a session', async () => {
    const dataDir = freshDirectory();
    const bus = await opened(dataDir, 1000);
    const topic = await newTopic(bus);
    await publishAll(bus, topic, ['a']);
    const other = started(dataDir, 'read', topic);
    await until(() => {
      expect(other.lines).toEqual(['a']);
    });
    other.child.kill('SIGSTOP');
    const reader = await read(bus, { topics: [topic], group: 'readers' });
    await untilSeen(reader, ['a']);
    await until(async () => {
      expect(await lagsOf(bus, 'readers', topic)).toEqual([0]);
    });
  });

  it('tells its owner when the file can no longer be trusted, and publishes nothing then', async () => {
    const dataDir = freshDirectory();
    const failures: Error[] = [];
    const bus = await embeddedBus({
      dataDir,
      clock: systemClock(),
      onFailure: (error) => failures.push(error),
    });
    const topic = await newTopic(bus);
    const db = new DatabaseSync(join(dataDir, 'bus.db'), { timeout: 5000 });
    db.exec('DROP TABLE records');
    db.close();
    const result = await bus.publish([aRecord(topic, 'k', 'a')]);
    expect(result.kind).toBe('ambiguous');
    await until(() => {
      expect(failures.length).toBe(1);
    });
    await bus.close();
  });
});

describe('the file of the embedded bus', () => {
  it('holds nothing more of a record that retention took away', async () => {
    const dataDir = freshDirectory();
    const bus = await embeddedBus({ dataDir, clock: systemClock() });
    const topic = await newTopic(bus);
    const secret = Buffer.from('a very private matter');
    await publishAll(bus, topic, [secret.toString().repeat(1000), 'b']);
    expect(filesWith(dataDir, secret)).not.toEqual([]);
    await until(async () => {
      await bus.ensureTopics([{ name: topic, partitions: 1, retentionMs: 1 }]);
      expect(await lagsOf(bus, 'nobody', topic)).toEqual([0]);
    });
    await bus.close();
    expect(filesWith(dataDir, secret)).toEqual([]);
  });

  it.each(['1', '2'])(
    'keeps its records once it has been brought up to date from layout %s',
    async (layout) => {
      const dataDir = freshDirectory();
      const before = await embeddedBus({ dataDir, clock: systemClock() });
      const topic = await newTopic(before);
      await before.close();
      const db = new DatabaseSync(join(dataDir, 'bus.db'));
      db.exec(`UPDATE meta SET value = '${layout}' WHERE key = 'layout'; DROP TABLE records; CREATE TABLE records (
        id INTEGER PRIMARY KEY, topic_id INTEGER NOT NULL, partition INTEGER NOT NULL, offset INTEGER NOT NULL,
        timestamp INTEGER NOT NULL, headers BLOB NOT NULL, key BLOB ${layout === '1' ? 'NOT NULL' : ''}, value BLOB,
        UNIQUE (topic_id, partition, offset)
      ) STRICT; INSERT INTO records VALUES
        (1, 1, 0, 5, 1700000000000, x'00000001680000000276b1', x'6b', x'61'), (2, 1, 0, 6, 1700000000000, x'', x'6b', NULL);
      UPDATE partitions SET next_offset = 7`);
      db.close();
      const bus = await opened(dataDir);
      expect(await lagsOf(bus, 'nobody', topic)).toEqual([2]);
      expect(await bus.publish([{ topic, key: null, value: Buffer.from('b'), headers: [] }])).toEqual({
        kind: 'ok',
      });
      const reader = await read(bus, { topics: [topic] });
      await untilSeen(reader, ['a', '', 'b']);
      expect(reader.seen.map(({ key }) => key && Buffer.from(key).toString())).toEqual(['k', 'k', null]);
      expect(reader.seen.map(({ offset }) => offset)).toEqual(['5', '6', '7']);
      expect(reader.seen[0]?.headers).toEqual([['h', Uint8Array.of(0x76, 0xb1)]]);
    },
  );

  it('is read from any record on, and from the oldest that is kept, however many lie together', async () => {
    const dataDir = freshDirectory();
    const bus = await opened(dataDir);
    const topic = await newTopic(bus);
    await publishAll(bus, topic, numbers(0, 150));
    await publishAll(bus, topic, ['x'.repeat(70_000), ...numbers(151, 260)]);
    expect(await lagsOf(bus, 'late', topic)).toEqual([260]);
    const db = new DatabaseSync(join(dataDir, 'bus.db'), { readOnly: true });
    expect(db.prepare('SELECT offset, count FROM records').all()).toEqual([
      { offset: 149, count: 150 },
      { offset: 150, count: 1 },
      { offset: 259, count: 109 },
    ]);
    db.close();
    const handled = ['70', '149', '151', '259'];
    for (const last of handled) {
      const reader = await read(bus, {
        topics: [topic],
        group: 'readers',
        handle: (record) =>
          Number(record.offset) > Number(last) ? Promise.reject(new Error('later')) : Promise.resolve(),
      });
      await until(async () => {
        expect(await lagsOf(bus, 'readers', topic)).toEqual([259 - Number(last)]);
      });
      await reader.stop();
    }
    const all = await read(bus, { topics: [topic] });
    await until(() => {
      expect(all.seen.map(({ offset }) => offset)).toEqual(numbers(0, 260));
    });
    expect(all.seen.map(valueOf).map((value) => value.slice(0, 5))).toEqual([
      ...numbers(0, 150),
      'xxxxx',
      ...numbers(151, 260),
    ]);
  });

  it('is refused where a newer version has written it', async () => {
    const dataDir = freshDirectory();
    await (await embeddedBus({ dataDir, clock: systemClock() })).close();
    const db = new DatabaseSync(join(dataDir, 'bus.db'));
    db.exec(`UPDATE meta SET value = '4' WHERE key = 'layout'`);
    db.close();
    await expect(embeddedBus({ dataDir, clock: systemClock() })).rejects.toThrow('layout 4');
  });
});
