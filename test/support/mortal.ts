import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Projection } from '../../src/projections/projection.ts';

/** The same projection, in which `Died` ends the process without a word, once for each data directory. */
export const mortal = (projection: Projection, dataDir: string): Projection => ({
  ...projection,
  fold: (body, event, id) => {
    const marker = join(dataDir, 'has-died');
    if (event.type === 'Died' && !existsSync(marker)) {
      writeFileSync(marker, '');
      process.exit(1);
    }
    return projection.fold(body, event, id);
  },
});
