import { existsSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../clock/port.ts';
import { copyDatabase, fingerprintOf } from './copy-database.ts';
import type { OnPages } from './copy-database.ts';
import { isInside } from '../disk/is-inside.ts';
import { makeDirectory } from '../disk/make-directory.ts';
import { BackupMissing, BackupRefused } from './errors.ts';
import { MANIFEST } from './manifest.ts';
import type { Manifest } from './manifest.ts';
import { isUnfinished } from './unfinished.ts';

export type Mark = { readonly follower: string; readonly position: number };

export type BackupDeps = {
  readonly clock: Pick<Clock, 'now'>;
  readonly marksIn: (logPath: string) => readonly Mark[];
  /** Checks the whole log of that directory. @returns how many events it has. @throws BackupDamaged */
  readonly verify: (dataDir: string) => Promise<number>;
};

/**
 * Topics first: what consumers have taken from them is in the log that is copied after them, so nothing taken is lost. Keys
 * last: each is on disk before an event needs it. Read models are made again from the log.
 */
const FILES = ['bus.db', 'log.db', 'keys.db'] as const;

/** Empty, left by the check, which may not write. */
const BESIDE_LOG = ['log.db-wal', 'log.db-shm'] as const;

/**
 * Copies what cannot be made again of a data directory into a new directory, while a server works on it. Everything
 * acknowledged before the call is in it. The master key is not: whoever has both can read everything.
 *
 * @throws BackupMissing where there is nothing to copy; BackupRefused where `to` holds something or is within `dataDir`, or
 * `dataDir` is half restored; BackupDamaged where the log's chain is broken.
 */
export const backUp = async (
  deps: BackupDeps,
  { dataDir, to, onPages }: { readonly dataDir: string; readonly to: string; readonly onPages: OnPages },
): Promise<Manifest> => {
  const startedAt = new Date(deps.clock.now()).toISOString();
  if (!existsSync(join(dataDir, 'log.db'))) throw new BackupMissing(`there is no log.db in ${dataDir}`);
  if (isUnfinished(dataDir)) throw new BackupRefused(`a restore into ${dataDir} is under way or was cut off`);
  // Whoever empties the directory to restore into it would have nothing left.
  if (isInside(to, dataDir)) throw new BackupRefused(`${to} is within ${dataDir}: take another directory`);
  makeEmpty(to);
  const followers = [...deps.marksIn(join(dataDir, 'log.db'))];
  const files: Manifest['files'] = [];
  for (const name of FILES) {
    if (!existsSync(join(dataDir, name))) continue;
    await copyDatabase(join(dataDir, name), join(to, name), onPages);
    files.push({ name, ...(await fingerprintOf(join(to, name))) });
  }
  const events = await deps.verify(to);
  for (const name of BESIDE_LOG) rmSync(join(to, name), { force: true });
  const made: Manifest = { format: 1, startedAt, files, followers, events };
  writeManifest(to, made);
  return made;
};

/** Stands at the top of a file system of its own. */
const OF_VOLUMES = 'lost+found';

/** For new data: it must not mix with anything. @throws BackupRefused */
export const makeEmpty = (directory: string): void => {
  makeDirectory(directory);
  const found = readdirSync(directory).filter((name) => name !== OF_VOLUMES);
  if (found.length > 0) throw new BackupRefused(`${directory} is not empty`);
};

const writeManifest = (directory: string, made: Manifest): void => {
  const path = join(directory, MANIFEST);
  writeFileSync(`${path}.part`, `${JSON.stringify(made, null, 2)}\n`, { mode: 0o600, flush: true });
  renameSync(`${path}.part`, path);
};
