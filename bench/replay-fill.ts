// The process of bench/replay.ts that fills read models from nothing, so that its memory is that of this alone:
//   node bench/replay-fill.ts <data directory> <names of read models, or nothing for all>
import { systemClock } from '../src/infra/clock/system.ts';
import { embeddedLogReader } from '../src/infra/event-store/embedded/log-reader.ts';
import { tuneCollector } from '../src/infra/process/collector.ts';
import { openSharedReadStore } from '../src/infra/read-store/embedded/open.ts';
import { projections } from '../src/projections/all.ts';
import { createProjector } from '../src/projections/engine/projector.ts';

const SAMPLE_MS = 20;
const [dataDir = '', ...names] = process.argv.slice(2);
const wanted = projections.filter(({ spec }) => names.length === 0 || names.includes(spec.name));

// As the server does.
tuneCollector();
const log = embeddedLogReader({ dataDir });
const thread = new URL('../src/fill-thread.ts', import.meta.url);
const { readStore, shareFolder } = openSharedReadStore({ dataDir, thread });
const served = new AbortController();
const onMoved = (): void => served.abort();
const rssBefore = process.memoryUsage.rss();
let rssMax = rssBefore;
const sampling = setInterval(() => (rssMax = Math.max(rssMax, process.memoryUsage.rss())), SAMPLE_MS);
const cpuBefore = process.cpuUsage();
const start = performance.now();
const deps = { log, readStore, shareFolder, projections: wanted, clock: systemClock(), onMoved };
await createProjector(deps).run(served.signal);
const seconds = (performance.now() - start) / 1000;
const { user, system } = process.cpuUsage(cpuBefore);
clearInterval(sampling);
await readStore.close();
log.close();
process.send?.({ models: wanted.length, seconds, cpuSeconds: (user + system) / 1e6, rssBefore, rssMax });
