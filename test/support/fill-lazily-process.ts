// A process of its own that fills a collection again and again, as a projector with a thread for large writes does, and
// switches to each generation. Prints the number of each that is served.
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { operationsOn } from '../../src/infra/read-store/embedded/connection-operations.ts';
import { openReadFile } from '../../src/infra/read-store/embedded/read-file.ts';
import { onceServed } from '../../src/infra/read-store/embedded/synced.ts';
import { rowOf } from '../../src/infra/read-store/rows.ts';
import { at, entries } from './read-documents.ts';

const STDOUT = 1;
const PAD = 'x'.repeat(1000);
// So that the write-ahead log is copied into the file, and begun anew, while a generation is filled.
const WAL_PAGES = 40;

const [dataDir = '', generations = '', batches = '', size = ''] = process.argv.slice(2);
const [own, other] = [0, 1].map(() => openReadFile(join(dataDir, 'read.db')).db);
if (own === undefined || other === undefined) throw new Error('there are two');
for (const db of [own, other]) db.exec(`PRAGMA wal_autocheckpoint = ${String(WAL_PAGES)}`);
const projector = operationsOn(own);
const writer = operationsOn(other, onceServed);

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
  for (let batch = 0; batch < Number(batches); batch += 1) {
    const first = batch * Number(size) + 1;
    const rows = Array.from({ length: Number(size) }, (_, index) => rowAt(first + index));
    writer.write([{ slot, rows, checkpoint: at(first + rows.length - 1) }]);
  }
  projector.seal(entries, generation);
  projector.switchTo(slot);
  writeSync(STDOUT, `${String(generation)}\n`);
}
