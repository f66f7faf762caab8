import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

const DIRECTORY = join(import.meta.dirname, '../../../node_modules/.cache/skald');

/**
 * Keeps what Node compiles of modules that are loaded from here on, in this thread and in others, for the next start.
 * The place is beside the packages: whoever may write there can change the code anyway. Where nobody may, or where the
 * environment says otherwise, nothing is kept.
 */
export const keepCompiledCode = (): void => {
  enableCompileCache(DIRECTORY);
};
