import { statfsSync } from 'node:fs';
import { UnsafeDatabase } from '../sqlite/open.ts';

/** As Linux numbers them (statfs(2)). */
const NETWORK: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0x517b, 'SMB'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB2'],
  [0x5346414f, 'AFS'],
  [0x00c36400, 'Ceph'],
]);

/**
 * Where locks and shared memory do not reach other machines, two processes may write one file, and what was acknowledged
 * may not be on a disk.
 * @throws UnsafeDatabase
 */
export const assertLocalDisk = (directory: string, typeOf: (path: string) => number = typeHere): void => {
  const name = NETWORK.get(typeOf(directory));
  if (name !== undefined)
    throw new UnsafeDatabase(
      `${directory} is on a network file system (${name}): it must be on a local disk`,
    );
};

/** Other systems number theirs in other ways. */
const typeHere = (path: string): number => (process.platform === 'linux' ? statfsSync(path).type : 0);
