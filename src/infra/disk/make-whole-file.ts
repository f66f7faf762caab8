import { link, rm, writeFile } from 'node:fs/promises';
import { codeOf } from './error-code.ts';

/**
 * Makes a file that is whole or not there, by way of `part` beside it; what is there stays as it is. False where something
 * was there. @throws what the disk throws.
 */
export const makeWholeFile = async (
  path: string,
  part: string,
  { content, mode }: { readonly content: string | Uint8Array; readonly mode: number },
): Promise<boolean> => {
  await rm(part, { force: true });
  await writeFile(part, content, { mode, flag: 'wx', flush: true });
  // A link in place of a rename: that would take the place of what is there.
  const isMade = await link(part, path).then(
    () => true,
    (error: unknown) => {
      if (codeOf(error) === 'EEXIST') return false;
      throw error;
    },
  );
  await rm(part, { force: true });
  return isMade;
};
