import {
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import { makeEmpty } from './backup.ts';
import type { Mark } from './backup.ts';
import { fingerprintOf } from './copy-database.ts';
import { BackupDamaged, BackupMissing, BackupRefused } from './errors.ts';
import { MANIFEST, manifest } from './manifest.ts';
import type { Manifest } from './manifest.ts';
import { isUnfinished, partOf } from './unfinished.ts';

export type RestoreDeps = {
  readonly rewindFollowers: (logPath: string, marks: readonly Mark[]) => void;
  /** Cursors that were handed out behind the end of this log become void. */
  readonly beginEpoch: (logPath: string) => void;
  /** Checks the whole log of that directory. @returns how many events it has. @throws BackupDamaged */
  readonly verify: (dataDir: string) => Promise<number>;
};

/**
 * Makes a data directory from a backup: every file is compared with its fingerprint, the log is checked event by event.
 * Followers begin where they were when the backup began, so that nothing is missing elsewhere; what they do again has
 * the same ids.
 *
 * @throws BackupMissing where there is no backup; BackupRefused where `dataDir` holds something; BackupDamaged.
 */
export const restore = async (
  deps: RestoreDeps,
  { from, dataDir }: { readonly from: string; readonly dataDir: string },
): Promise<Manifest> => {
  const made = readManifest(from);
  for (const file of made.files) await assertIntact(from, file);
  if (isUnfinished(dataDir))
    throw new BackupRefused(`a restore into ${dataDir} is under way or was cut off: empty it first`);
  makeEmpty(dataDir);
  // Within, not beside: a data directory may be a mount or a link. No server starts while this is there.
  const part = partOf(dataDir);
  makeEmpty(part);
  try {
    await fill(deps, made, { from, to: part });
  } catch (error) {
    rmSync(part, { recursive: true, force: true });
    throw error;
  }
  for (const name of readdirSync(part)) renameSync(join(part, name), join(dataDir, name));
  rmdirSync(part);
  return made;
};

const fill = async (
  deps: RestoreDeps,
  made: Manifest,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<void> => {
  for (const { name } of made.files) {
    copyFileSync(join(from, name), join(to, name));
    flush(join(to, name));
  }
  const events = await deps.verify(to);
  if (events !== made.events)
    throw new BackupDamaged(`the log has ${String(events)} events, it had ${String(made.events)}`);
  deps.rewindFollowers(join(to, 'log.db'), made.followers);
  deps.beginEpoch(join(to, 'log.db'));
};

/** @throws BackupMissing, BackupDamaged */
const readManifest = (directory: string): Manifest => {
  const path = join(directory, MANIFEST);
  if (!existsSync(path)) throw new BackupMissing(`there is no finished backup in ${directory}`);
  const { data } = manifest.safeParse(jsonIn(path));
  if (data === undefined) throw new BackupDamaged(`${path} is not what this version writes`);
  return data;
};

const jsonIn = (path: string): unknown => {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
};

const assertIntact = async (directory: string, file: Manifest['files'][number]): Promise<void> => {
  const path = join(directory, file.name);
  if (!existsSync(path)) throw new BackupDamaged(`${file.name} is missing`);
  const { bytes, sha256 } = await fingerprintOf(path);
  if (bytes !== file.bytes || sha256 !== file.sha256)
    throw new BackupDamaged(`${file.name} is not as it was written`);
};

const flush = (path: string): void => {
  const file = openSync(path, 'r+');
  fsyncSync(file);
  closeSync(file);
};
