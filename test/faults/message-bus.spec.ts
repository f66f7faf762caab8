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

  it('takes records without a key once it has brought a file of an earlier version up to date', async () => {
    const dataDir = freshDirectory();
    const before = await embeddedBus({ dataDir, clock: systemClock() });
    const topic = await newTopic(before);
    await publishAll(before, topic, ['a']);
    await before.close();
    const db = new DatabaseSync(join(dataDir, 'bus.db'));
    db.exec(`UPDATE meta SET value = '1' WHERE key = 'layout';
      ALTER TABLE records RENAME TO newer; CREATE TABLE records (
        id INTEGER PRIMARY KEY, topic_id INTEGER NOT NULL, partition INTEGER NOT NULL, offset INTEGER NOT NULL,
        timestamp INTEGER NOT NULL, headers BLOB NOT NULL, key BLOB NOT NULL, value BLOB,
        UNIQUE (topic_id, partition, offset)
      ) STRICT; INSERT INTO records SELECT * FROM newer; DROP TABLE newer`);
    db.close();
    const bus = await embeddedBus({ dataDir, clock: systemClock() });
    expect(await bus.publish([{ topic, key: null, value: Buffer.from('b'), headers: [] }])).toEqual({
      kind: 'ok',
    });
    const reader = await read(bus, { topics: [topic] });
    await untilSeen(reader, ['a', 'b']);
    expect(reader.seen.map(({ key }) => key && Buffer.from(key).toString())).toEqual(['k', null]);
    await bus.close();
  });

  it('is refused where a newer version has written it', async () => {
    const dataDir = freshDirectory();
    await (await embeddedBus({ dataDir, clock: systemClock() })).close();
    const db = new DatabaseSync(join(dataDir, 'bus.db'));
    db.exec(`UPDATE meta SET value = '3' WHERE key = 'layout'`);
    db.close();
    await expect(embeddedBus({ dataDir, clock: systemClock() })).rejects.toThrow('layout 3');
  });
});
