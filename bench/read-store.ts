// The embedded read store through its port, documents of about 1 KB with four indexes: `node bench/read-store.ts --help`.
import { randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { embeddedReadStore } from '../src/infra/read-store/embedded/embedded.ts';
import { openReadStore } from '../src/infra/read-store/embedded/open.ts';
import type { CollectionSpec, Query, ReadStore, StoredDocument } from '../src/infra/read-store/port.ts';
import { inDataDir } from './support/data-dir.ts';
import { optionsOf, whole } from './support/options.ts';
import { report } from './support/report.ts';

const HELP = `node bench/read-store.ts [--documents 100000] [--quick] [--dir <directory>]
  --documents  in the collection
  --quick      20000 of them
  --dir        where the data directory is made; its disk is the one measured`;
const values = optionsOf(HELP, {
  documents: { type: 'string' },
  quick: { type: 'boolean', default: false },
  dir: { type: 'string', default: tmpdir() },
});

const BATCH = 1000;
const DOCUMENTS =
  BATCH * Math.ceil(whole.parse(values.documents ?? (values.quick ? 20_000 : 100_000)) / BATCH);
const CHANGES = BATCH * Math.ceil(DOCUMENTS / BATCH / 5);
const POINTS = 20_000;
const PAGES = 1000;
const IN_FLIGHT = 16;

const spec: CollectionSpec = {
  name: 'runs',
  fields: { status: 'text', orchName: 'text', startedAt: 'text', attempts: 'number', services: 'text[]' },
  indexes: [['startedAt'], ['status', 'startedAt'], ['orchName', 'startedAt'], ['attempts']],
  history: false,
};
const slot = { name: spec.name, generation: 1 };
const statuses = ['IN_PROGRESS', 'COMPLETED', 'FAILED'];
const ids = Array.from({ length: DOCUMENTS }, () => randomUUID());

const at = (number: number): string => String(number).padStart(20, '0') + '0'.repeat(20);
const timeOf = (number: number): string => new Date(1.7e12 + number * 1000).toISOString();

const document = (index: number, position: number): StoredDocument => ({
  id: ids[index] ?? '',
  position: at(position),
  blocked: null,
  body: {
    flowId: ids[index],
    status: statuses[(index + position) % 3],
    orchName: `order-${index % 20}`,
    startedAt: timeOf(index),
    attempts: position % 5,
    services: ['billing', 'shipping'],
    filler: 'x'.repeat(800),
  },
});

const measured = async (what: string, count: number, work: () => Promise<void>): Promise<void> => {
  const start = performance.now();
  await work();
  const value = (1000 * count) / (performance.now() - start);
  report({ id: `read-store: ${what}`, what, value, unit: '/s' });
};

/** The n-th document of the batches is the one with this index. */
const writeAll = async (store: ReadStore, from: number, count: number, indexOf: (n: number) => number) => {
  for (let done = 0; done < count; done += BATCH) {
    const documents = Array.from({ length: BATCH }, (_, n) =>
      document(indexOf(done + n), from + done + n + 1),
    );
    await store.write(slot, { documents, checkpoint: at(from + done + BATCH) });
  }
};

const inFlight = async (count: number, work: (n: number) => Promise<unknown>): Promise<void> => {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
};

const scattered = (n: number): number => (n * 7919) % DOCUMENTS;

const page = (n: number): Query => ({
  where: [{ field: 'status', op: 'eq', value: 'FAILED' }],
  sort: { field: 'startedAt', direction: 'desc' },
  after: { value: timeOf(scattered(n)), id: '' },
  limit: 50,
});

const writing = async (dataDir: string): Promise<void> => {
  const store = openReadStore({ dataDir });
  await store.fill(spec, 1);
  await measured('documents filled without indexes', DOCUMENTS, () =>
    writeAll(store, 0, DOCUMENTS, (n) => n),
  );
  await measured('documents sealed', DOCUMENTS, () => store.seal(spec, 1));
  await store.switchTo(slot);
  await measured('scattered documents changed, indexes live', CHANGES, () =>
    writeAll(store, DOCUMENTS, CHANGES, scattered),
  );
  await measured('neighbouring documents changed, indexes live', CHANGES, () =>
    writeAll(store, 2 * DOCUMENTS, CHANGES, (n) => DOCUMENTS - CHANGES + n),
  );
  await store.close();
};

const reading = async (dataDir: string): Promise<void> => {
  const store = await embeddedReadStore({ dataDir });
  await measured(`point reads, ${IN_FLIGHT} at once`, POINTS, () =>
    inFlight(POINTS, (n) => store.get(spec.name, ids[scattered(n)] ?? '')),
  );
  await measured(`pages of 50, ${IN_FLIGHT} at once`, PAGES, () =>
    inFlight(PAGES, (n) => store.find(spec.name, page(n))),
  );
  await measured('counts by an indexed field, whole collection', 20, () =>
    inFlight(20, () => store.countBy(spec.name, 'status', [])),
  );
  await measured('contains without an index, no match, whole collection', 5, () =>
    inFlight(5, () =>
      store.find(spec.name, {
        where: [{ field: 'services', op: 'contains', value: 'nobody' }],
        sort: { field: 'startedAt', direction: 'asc' },
        limit: 50,
      }),
    ),
  );
  await store.close();
};

await inDataDir(async (dataDir) => {
  await writing(dataDir);
  await reading(dataDir);
  const value = statSync(join(dataDir, 'read.db')).size / DOCUMENTS;
  report({ id: 'read-store: document', what: 'read.db, a document', value, unit: 'bytes' });
  console.log(`  ${JSON.stringify(document(0, 1).body).length} of them its body`);
}, values.dir);
