import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Snapshots } from './port.ts';

const stored = z.object({ logId: z.string(), position: z.string(), body: z.json() });
const DIGEST_CHARS = 64;

export type FileSnapshotsOptions = {
  /** Snapshots are files of its directory `snapshots`. */
  readonly dataDir: string;
  /** Of the log they are made from. */
  readonly logId: string;
};

/** Snapshots in files: a digest, then JSON. Written beside the old one and put in its place. */
export const fileSnapshots = ({ dataDir, logId }: FileSnapshotsOptions): Snapshots => {
  const directory = directoryIn(dataDir);
  const pathOf = (name: string): string => join(directory, `${name}.json`);
  return {
    load: async (name) => {
      const text = await readFile(pathOf(name), 'utf8').catch(() => '');
      const json = text.slice(DIGEST_CHARS + 1);
      if (text.slice(0, DIGEST_CHARS) !== digestOf(json)) return undefined;
      const parsed = stored.safeParse(JSON.parse(json));
      return parsed.success && parsed.data.logId === logId ? parsed.data : undefined;
    },
    save: async (name, { position, body }) => {
      const json = JSON.stringify({ logId, position, body });
      await mkdir(directory, { recursive: true, mode: 0o700 });
      const fresh = `${pathOf(name)}.new`;
      await writeFile(fresh, `${digestOf(json)}\n${json}`, { mode: 0o600 });
      await rename(fresh, pathOf(name));
    },
  };
};

/** Of a directory that nobody has open. */
export const dropSnapshots = (dataDir: string): void =>
  rmSync(directoryIn(dataDir), { recursive: true, force: true });

const directoryIn = (dataDir: string): string => join(dataDir, 'snapshots');

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');
