import { embeddedLogReader } from './infra/event-store/embedded/log-reader.ts';
import { upToDamage } from './infra/event-store/up-to-damage.ts';
import { runTask } from './infra/past-stores/in-thread.ts';
import { openReadStore } from './infra/read-store/embedded/open.ts';
import { projections } from './projections/all.ts';
import { foldUpTo } from './projections/engine/fold-up-to.ts';

// Adapters are wired here as in projector-thread.ts: a thread of its own, started by compose-as-of.ts.
await runTask(async ({ dataDir, directory, upTo }, onBatch) => {
  const log = upToDamage(embeddedLogReader({ dataDir }));
  const readStore = openReadStore({ dataDir: directory });
  try {
    await foldUpTo({ log, readStore, projections }, { upTo, onBatch });
  } finally {
    await readStore.close();
    log.close();
  }
});
