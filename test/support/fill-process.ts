// The thread that folds a share of a fill, over the entries. `Died` ends it without a word, once for each data directory;
// where that holds a file `has-failed`, folding fails at once.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { embeddedLogReader } from '../../src/infra/event-store/embedded/log-reader.ts';
import { serveShare } from '../../src/infra/read-store/embedded/serve-share.ts';
import { foldShare } from '../../src/projections/engine/fold-share.ts';
import { entries } from './entries.ts';
import { mortal } from './mortal.ts';

serveShare(async ({ dataDir, readStore, slots, ...way }) => {
  if (existsSync(join(dataDir, 'has-failed'))) throw new Error('no space');
  const log = embeddedLogReader({ dataDir });
  try {
    await foldShare({ log, readStore, projections: [mortal(entries, dataDir)] }, slots, way);
  } finally {
    log.close();
  }
});
