// A process of its own that uses the keys and is then killed: prints what it took and sealed, one JSON line.
import { embeddedKeys } from '../../src/infra/keys/embedded.ts';

const [dataDir = '', masterKey = ''] = process.argv.slice(2);
const keys = await embeddedKeys({ dataDir, masterKey: new Uint8Array(Buffer.from(masterKey, 'hex')) });
const ids = await Promise.all(Array.from({ length: 700 }, async () => keys.reserve()));
const boxes = await Promise.all(
  ids.slice(0, 5).map(async (id) => keys.seal(id, 'c', Buffer.from('before the kill'))),
);
console.log(JSON.stringify({ ids, boxes }));
