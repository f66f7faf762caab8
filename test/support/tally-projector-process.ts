// A projector thread over the tally: `Died` ends it without a word, once for each data directory.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../src/infra/clock/system.ts';
import { embeddedLogReader } from '../../src/infra/event-store/embedded/log-reader.ts';
import { projectorThreadOptions, serveProjector } from '../../src/infra/projector/serve.ts';
import { openReadStore } from '../../src/infra/read-store/embedded/open.ts';
import { createProjector } from '../../src/projections/engine/projector.ts';
import type { Projection } from '../../src/projections/projection.ts';
import { tallyOf } from './tally.ts';

const { dataDir } = projectorThreadOptions();
const tally = tallyOf({ known: ['Added', 'Removed', 'Died'] });
const mortal: Projection = {
  ...tally,
  fold: (body, event, id) => {
    const marker = join(dataDir, 'has-died');
    if (event.type === 'Died' && !existsSync(marker)) {
      writeFileSync(marker, '');
      process.exit(1);
    }
    return tally.fold(body, event, id);
  },
};
const log = embeddedLogReader({ dataDir });
const readStore = openReadStore({ dataDir });
await serveProjector((onMoved) =>
  createProjector({ log, readStore, projections: [mortal], clock: systemClock(), onMoved }),
);
await readStore.close();
log.close();
