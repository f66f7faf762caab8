import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A directory for the time of the work, and none of it left afterwards. `parent` is on the disk that is measured. */
export const inDataDir = async <Result>(
  work: (dataDir: string) => Promise<Result>,
  parent: string = tmpdir(),
): Promise<Result> => {
  const dataDir = mkdtempSync(join(parent, 'skald-bench-'));
  try {
    return await work(dataDir);
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
};
