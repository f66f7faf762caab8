import { systemClock } from './infra/clock/system.ts';
import { embeddedLogReader } from './infra/event-store/embedded/log-reader.ts';
import { projectorThreadOptions, serveProjector } from './infra/projector/serve.ts';
import { openSharedReadStore } from './infra/read-store/embedded/open.ts';
import { projections } from './projections/all.ts';
import { createProjector } from './projections/engine/projector.ts';

// The second place where adapters are wired: a thread of its own, started by compose.ts.
const { dataDir } = projectorThreadOptions();
const log = embeddedLogReader({ dataDir });
const thread = new URL('./fill-thread.ts', import.meta.url);
const { readStore, shareFolder } = openSharedReadStore({ dataDir, thread });
await serveProjector((onMoved) =>
  createProjector({ log, readStore, shareFolder, projections, clock: systemClock(), onMoved }),
);
await readStore.close();
log.close();
