import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { embeddedReadStore } from '../../src/infra/read-store/embedded/embedded.ts';
import { openReadStore } from '../../src/infra/read-store/embedded/open.ts';
import type { ReadStore } from '../../src/infra/read-store/port.ts';
import type { OpenReadStore } from '../support/read-documents.ts';
import { readStoreGenerationsContract } from './read-store-generations.contract.ts';
import { readStoreQueriesContract } from './read-store-queries.contract.ts';
import { readStoreContract } from './read-store.contract.ts';

type Start = (options: { readonly dataDir: string }) => ReadStore | Promise<ReadStore>;

const inFreshDirectory =
  (start: Start): OpenReadStore =>
  async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'skald-read-'));
    let store = await start({ dataDir });
    const reopen = async () => {
      await store.close();
      store = await start({ dataDir });
      return store;
    };
    const close = async () => {
      await store.close();
      await rm(dataDir, { recursive: true });
    };
    return { store, reopen, close };
  };

for (const [name, start] of [
  ['embedded', embeddedReadStore],
  ['embedded, in the calling thread', openReadStore],
  ['embedded, with a thread for writes', (options) => openReadStore({ ...options, largeWrite: 1 })],
] as const satisfies readonly (readonly [string, Start])[]) {
  readStoreContract(name, inFreshDirectory(start));
  readStoreGenerationsContract(name, inFreshDirectory(start));
  readStoreQueriesContract(name, inFreshDirectory(start));
}
