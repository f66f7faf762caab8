// The event log through its port, each figure beside what raw node:sqlite does with the same rows, the same
// pragmas and the same number of commits in the same run: `node bench/log.ts`.
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { embeddedEventStore } from '../src/infra/event-store/embedded/embedded.ts';
import type { EventStore, Head } from '../src/infra/event-store/port.ts';
import { NO_STREAM, START } from '../src/infra/event-store/port.ts';
import { openDatabase } from '../src/infra/sqlite/open.ts';

const ALONE = 1000;
const TOGETHER = 20_000;
const IN_FLIGHT = 64;
const BODY_BYTES = 240;

const secondsOf = async (work: () => Promise<void>): Promise<number> => {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
};

const actor = { kind: 'service', id: 'billing', source: 'http' } as const;
const data = { step: 'charge', action: 'do', attempt: 1, result: `1.k-1.${'x'.repeat(90)}`, claim: null };

/** One event behind the head of its stream; streams are as long as a run of three steps. */
const appendOne = async (store: EventStore, stream: string, expected: Head): Promise<Head> => {
  const commandId = randomUUID();
  const metadata = { commandId, causationId: commandId, correlationId: stream.slice('saga-'.length), actor };
  const event = { eventId: randomUUID(), type: 'StepSucceeded', schemaVersion: '1.0', data };
  const result = await store.append(stream, expected, [event], metadata);
  if (result.kind !== 'ok') throw new Error(`append ended in ${result.kind}`);
  return result.events[0] ?? NO_STREAM;
};

const RUN_EVENTS = 8;

const appendMany = async (store: EventStore, count: number): Promise<void> => {
  for (let done = 0; done < count; done += RUN_EVENTS) {
    const stream = `saga-${randomUUID()}`;
    let head = NO_STREAM;
    for (let index = 0; index < RUN_EVENTS; index += 1) head = await appendOne(store, stream, head);
  }
};

const rawTable = (path: string) => {
  const db = openDatabase(path);
  db.exec(`CREATE TABLE events (position INTEGER PRIMARY KEY, stream_id INTEGER NOT NULL, revision INTEGER NOT NULL,
    type_id INTEGER NOT NULL, body BLOB NOT NULL, UNIQUE (stream_id, revision)) STRICT`);
  const insert = db.prepare('INSERT INTO events (stream_id, revision, type_id, body) VALUES (?, ?, 1, ?)');
  let row = 0;
  const write = (commits: number, rows: number): Promise<void> => {
    for (let commit = 0; commit < commits; commit += 1) {
      db.exec('BEGIN IMMEDIATE');
      for (let index = 0; index < rows; index += 1) {
        insert.run(Math.floor(row / RUN_EVENTS), row % RUN_EVENTS, Buffer.alloc(BODY_BYTES, row));
        row += 1;
      }
      db.exec('COMMIT');
    }
    return Promise.resolve();
  };
  const read = (): Promise<void> => {
    const rows = db.prepare('SELECT * FROM events WHERE position > ? ORDER BY position LIMIT 1024');
    for (let after = 0; after < row; after += 1024) rows.all(after);
    return Promise.resolve();
  };
  return {
    write,
    read,
    rows: () => row,
    close: () => {
      db.close();
    },
  };
};

const report = (name: string, rate: number, floor: number): void => {
  const share = ((100 * rate) / floor).toFixed(0);
  console.log(
    `${name.padEnd(30)} ${rate.toFixed(0).padStart(8)}/s   raw ${floor.toFixed(0).padStart(8)}/s   ${share} %`,
  );
};

const readWhole = async (store: EventStore): Promise<number> => {
  let count = 0;
  for (let after = START; ;) {
    const slice = await store.readAll({ after, max: 1024 });
    count += slice.events.length;
    if (slice.isEnd) return count;
    after = slice.position;
  }
};

const main = async (): Promise<void> => {
  const dataDir = mkdtempSync(join(tmpdir(), 'skald-bench-'));
  const commits = new Set<number>();
  const store = await embeddedEventStore({ dataDir, onCommit: (commit) => commits.add(commit) });
  const raw = rawTable(join(dataDir, 'raw.db'));
  await appendMany(store, 200);
  await raw.write(200, 1);

  const alone = await secondsOf(() => appendMany(store, ALONE));
  report('appends one by one', ALONE / alone, ALONE / (await secondsOf(() => raw.write(ALONE, 1))));

  commits.clear();
  const writers = Array.from({ length: IN_FLIGHT }, () => TOGETHER / IN_FLIGHT);
  const together = await secondsOf(async () => {
    await Promise.all(writers.map((count) => appendMany(store, count)));
  });
  const appends = IN_FLIGHT * RUN_EVENTS * Math.ceil(TOGETHER / IN_FLIGHT / RUN_EVENTS);
  const perCommit = Math.round(appends / commits.size);
  const floor = await secondsOf(() => raw.write(commits.size, perCommit));
  report(`appends, ${String(IN_FLIGHT)} at once`, appends / together, (commits.size * perCommit) / floor);
  console.log(`  ${String(perCommit)} appends share a commit`);

  let events = 0;
  const whole = await secondsOf(async () => {
    events = await readWhole(store);
  });
  report('events read, whole log', events / whole, raw.rows() / (await secondsOf(raw.read)));

  await store.close();
  raw.close();
  const size = statSync(join(dataDir, 'log.db')).size / events;
  console.log(
    `log.db: ${size.toFixed(0)} bytes an event, ${String(JSON.stringify(data).length)} of them its data`,
  );
  rmSync(dataDir, { recursive: true });
};

await main();
