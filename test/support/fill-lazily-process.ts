// A process of its own that fills a collection again and again, as a projector with a thread for large writes does, and
// switches to each generation. Prints the number of each that is served. A last argument `unsynced`: as one does whose thread
// also folds, by which nothing waits for the disk while nobody is served from the file.
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { operationsOn } from '../../src/infra/read-store/embedded/connection-operations.ts';
import { openReadFile, openSoundReadFile } from '../../src/infra/read-store/embedded/read-file.ts';
import { onceFileServes, onceServed } from '../../src/infra/read-store/embedded/synced.ts';
import { rowOf } from '../../src/infra/read-store/rows.ts';
import { at, entries } from './read-documents.ts';

const STDOUT = 1;
const PAD = 'x'.repeat(1000);
// So that the write-ahead log is copied into the file, and begun anew, while a generation is filled.
const WAL_PAGES = 40;

const [dataDir = '', generations = '', batches = '', size = '', way] = process.argv.slice(2);
const path = join(dataDir, 'read.db');
const own = openSoundReadFile(path).db;
const other = openReadFile(path).db;
for (const db of [own, other]) db.exec(`PRAGMA wal_autocheckpoint = ${String(WAL_PAGES)}`);
const projector = operationsOn(own);
const writer = operationsOn(other, way === 'unsynced' ? onceFileServes(path) : onceServed);

const rowAt = (number: number) =>
  rowOf({
    id: `a/${String(number)}`,
    position: at(number),
    body: { order: 'a', number, pad: PAD },
    blocked: null,
  });

for (let generation = 1; generation <= Number(generations); generation += 1) {
  const slot = { name: entries.name, generation };
  projector.fill(entries, generation);
  // After each commit of its own: none of them may flush what the switch is to flush.
  if (way === 'unsynced') own.exec('PRAGMA wal_autocheckpoint = 1');
  for (let batch = 0; batch < Number(batches); batch += 1) {
    const first = batch * Number(size) + 1;
    const rows = Array.from({ length: Number(size) }, (_, index) => rowAt(first + index));
    // What came meanwhile goes into what is sealed.
    if (batch === Number(batches) - 1) projector.seal(entries, generation);
    // Small writes are the projector's own.
    const by = way === 'unsynced' && batch % 5 === 3 ? projector : writer;
    by.write([{ slot, rows, checkpoint: at(first + rows.length - 1) }]);
  }
  projector.switchTo(slot);
  writeSync(STDOUT, `${String(generation)}\n`);
}
