// The event log through its port, each figure beside what bare node:sqlite does: `node bench/log.ts --help`.
import { randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemIds } from '../src/infra/clock/system.ts';
import { embeddedEventStore } from '../src/infra/event-store/embedded/embedded.ts';
import { embeddedLogReader } from '../src/infra/event-store/embedded/log-reader.ts';
import type { EventStore, Head } from '../src/infra/event-store/port.ts';
import { NO_STREAM, START } from '../src/infra/event-store/port.ts';
import { tuneCollector } from '../src/infra/process/collector.ts';
import { appendFloor, readFloor } from './floor/commits.ts';
import { inDataDir } from './support/data-dir.ts';
import { optionsOf, whole } from './support/options.ts';
import { report } from './support/report.ts';

const HELP = `node bench/log.ts [--quick] [--alone 5000] [--together 1000000] [--in-flight 64] [--keyed] [--dir <directory>]
  --alone      appends one by one
  --together   appends with others in flight: the log that is read is mostly of them
  --in-flight  how many of them at a time
  --keyed      streams named as those of keyed starts, at random; else as the server names runs, by their time
  --quick      fewer: 1000 and 20000
  --dir        where the log is made; its disk is the one measured`;

const RUN_EVENTS = 8;
const WARM_UP = 400;
const SLICE = 4096;
// The floor's commits hold as many events as the do.
const FLOOR_GROUP = 100;

const values = optionsOf(HELP, {
  quick: { type: 'boolean', default: false },
  alone: { type: 'string' },
  together: { type: 'string' },
  'in-flight': { type: 'string', default: '64' },
  keyed: { type: 'boolean', default: false },
  dir: { type: 'string', default: tmpdir() },
});
const ALONE = whole.parse(values.alone ?? (values.quick ? 1000 : 5000));
const TOGETHER = whole.parse(values.together ?? (values.quick ? 20_000 : 1_000_000));
const IN_FLIGHT = whole.parse(values['in-flight']);
const FLOOR_MS = values.quick ? 500 : 2000;
const flowId = values.keyed ? randomUUID : systemIds().next;

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

/** How many were appended: whole streams of them. */
const appendMany = async (store: EventStore, count: number): Promise<number> => {
  let done = 0;
  for (; done < count; done += RUN_EVENTS) {
    const stream = `saga-${flowId()}`;
    let head = NO_STREAM;
    for (let index = 0; index < RUN_EVENTS; index += 1) head = await appendOne(store, stream, head);
  }
  return done;
};

const appendTogether = async (store: EventStore): Promise<number> => {
  const each = TOGETHER / IN_FLIGHT;
  const counts = await Promise.all(Array.from({ length: IN_FLIGHT }, () => appendMany(store, each)));
  return counts.reduce((sum, count) => sum + count, 0);
};

const readWhole = async ({ readAll }: Pick<EventStore, 'readAll'>): Promise<number> => {
  let count = 0;
  for (let after = START; ;) {
    const slice = await readAll({ after, max: SLICE });
    count += slice.events.length;
    if (slice.isEnd) return count;
    after = slice.position;
  }
};

type Rate = { readonly id: string; readonly what: string; readonly floor: () => number };

/** Reports how many a second the work did, beside the floor taken right behind it. */
const measured = async ({ id, what, floor }: Rate, work: () => Promise<number>): Promise<number> => {
  const start = performance.now();
  const count = await work();
  const value = (1000 * count) / (performance.now() - start);
  report({ id, what, value, unit: '/s', floor: floor() });
  return count;
};

/** The second time is the one that counts, as it is for the floor: the first one is the compiler's, too. */
const measuredTwice = async (rate: Rate, work: () => Promise<number>): Promise<number> => {
  await work();
  return measured(rate, work);
};

const main = async (dataDir: string): Promise<void> => {
  const commits = new Set<number>();
  const store = await embeddedEventStore({ dataDir, onCommit: (commit) => commits.add(commit) });
  const grouped = (): number => appendFloor(dataDir, FLOOR_GROUP, FLOOR_MS);
  const single = (): number => appendFloor(dataDir, 1, FLOOR_MS);
  await appendMany(store, WARM_UP);
  await measured({ id: 'append-1', what: 'appends one by one', floor: single }, () =>
    appendMany(store, ALONE),
  );
  commits.clear();
  const what = `appends, ${IN_FLIGHT} at once`;
  const appends = await measured({ id: 'append-64', what, floor: grouped }, () => appendTogether(store));
  report({ id: 'appends-a-commit', what: '  appends in a commit', value: appends / commits.size, unit: '' });

  const floor = (): number => readFloor(dataDir, TOGETHER);
  const checked = { id: 'read-checked', what: 'whole log read, hash chain checked', floor };
  const events = await measuredTwice(checked, () => readWhole(store));
  const reader = embeddedLogReader({ dataDir });
  const followed = { id: 'read', what: 'whole log read, as what follows it reads it', floor };
  await measuredTwice(followed, () => readWhole(reader));
  reader.close();
  await store.close();
  const value = statSync(join(dataDir, 'log.db')).size / events;
  report({ id: 'event-bytes', what: 'log.db, an event', value, unit: 'bytes' });
};

// As the server does.
tuneCollector();
await inDataDir(main, values.dir);
