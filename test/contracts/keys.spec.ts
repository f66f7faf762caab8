import { randomBytes } from 'node:crypto';
import { embeddedKeys } from '../../src/infra/keys/embedded.ts';
import { freshDirectory } from '../support/fresh-directory.ts';
import { keysContract } from './keys.contract.ts';

keysContract('embedded', () => {
  const dataDir = freshDirectory();
  let masterKey = randomBytes(32).toString('hex');
  const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));
  return {
    start: () => embeddedKeys({ dataDir, masterKey: bytes(masterKey) }),
    rotate: () => {
      const previous = bytes(masterKey);
      masterKey = randomBytes(32).toString('hex');
      return embeddedKeys({ dataDir, masterKey: bytes(masterKey), previous });
    },
  };
});
