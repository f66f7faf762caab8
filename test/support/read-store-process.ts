// A process of its own that writes batches until it is killed. Batch n gives each of its documents the body
// {batch: n} and moves the checkpoint to n. Prints n once the batch is written.
import { writeSync } from 'node:fs';
import { embeddedReadStore } from '../../src/infra/read-store/embedded/embedded.ts';
import { at, document, goLive, written } from './read-documents.ts';

const STDOUT = 1;
const DOCUMENTS = 200;

const [dataDir = ''] = process.argv.slice(2);
const store = await embeddedReadStore({ dataDir });
const { live } = await store.generations(written.name);
const slot = live === null ? await goLive(store, written) : { name: written.name, generation: live };
const before = await store.checkpoint(slot);
const first = before === null ? 1 : Number(before.slice(0, 20)) + 1;
for (let batch = first; ; batch += 1) {
  const documents = Array.from({ length: DOCUMENTS }, (_, index) =>
    document(`d${String(index)}`, batch, { batch, filler: 'x'.repeat(500) }),
  );
  await store.write(slot, { documents, checkpoint: at(batch) });
  writeSync(STDOUT, `${String(batch)}\n`);
}
