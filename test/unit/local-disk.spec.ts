import { expect, it } from 'vitest';
import { assertLocalDisk } from '../../src/infra/disk/local-disk.ts';
import { freshDirectory } from '../support/fresh-directory.ts';

it.each([
  [0x6969, 'NFS'],
  [0xff534d42, 'CIFS'],
])('takes no data directory of type %i, which is %s', (type, name) => {
  expect(() => assertLocalDisk('/data', () => type)).toThrow(
    expect.objectContaining({
      name: 'UnsafeDatabase',
      message: expect.stringContaining(`(${name})`) as unknown,
    }),
  );
});

it('takes a directory of this machine', () => {
  assertLocalDisk(freshDirectory());
  const EXT4 = 0xef53;
  assertLocalDisk('/data', () => EXT4);
});
