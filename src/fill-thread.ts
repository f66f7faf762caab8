import { embeddedLogReader } from './infra/event-store/embedded/log-reader.ts';
import { serveShare } from './infra/read-store/embedded/serve-share.ts';

// Adapters are wired here as in projector-thread.ts, which starts this thread.
serveShare(async ({ dataDir, readStore, slots, ...way }) => {
  // Not before they are needed: most of the time this thread only writes.
  const { projections } = await import('./projections/all.ts');
  const { foldShare } = await import('./projections/engine/fold-share.ts');
  const log = embeddedLogReader({ dataDir });
  try {
    await foldShare({ log, readStore, projections }, slots, way);
  } finally {
    log.close();
  }
});
