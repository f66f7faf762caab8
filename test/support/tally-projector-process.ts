// A projector thread over the tally: `Died` ends it without a word, once for each data directory.
import { systemClock } from '../../src/infra/clock/system.ts';
import { embeddedLogReader } from '../../src/infra/event-store/embedded/log-reader.ts';
import { projectorThreadOptions, serveProjector } from '../../src/infra/projector/serve.ts';
import { openReadStore } from '../../src/infra/read-store/embedded/open.ts';
import { createProjector } from '../../src/projections/engine/projector.ts';
import { mortal } from './mortal.ts';
import { tallyOf } from './tally.ts';

const { dataDir } = projectorThreadOptions();
const tally = tallyOf({ known: ['Added', 'Removed', 'Died'] });
const log = embeddedLogReader({ dataDir });
const readStore = openReadStore({ dataDir });
await serveProjector((onMoved) =>
  createProjector({ log, readStore, projections: [mortal(tally, dataDir)], clock: systemClock(), onMoved }),
);
await readStore.close();
log.close();
