import { randomBytes } from 'node:crypto';
import { embeddedKeys } from '../../src/infra/keys/embedded.ts';
import { freshDirectory } from '../support/fresh-directory.ts';
import { keysContract } from './keys.contract.ts';

keysContract('embedded', () => {
  const [dataDir, masterKey] = [freshDirectory(), new Uint8Array(randomBytes(32))];
  return { start: () => embeddedKeys({ dataDir, masterKey }) };
});
