import { afterAll, beforeAll, describe } from 'vitest';
import { readStoreGenerationsContract } from '../contracts/read-store-generations.contract.ts';
import { readStoreQueriesContract } from '../contracts/read-store-queries.contract.ts';
import { readStoreContract } from '../contracts/read-store.contract.ts';
import { connectedStore } from '../support/mongo-stores.ts';
import type { OpenReadStore } from '../support/read-documents.ts';
import type { MongoServer } from '../support/servers/mongo.ts';
import { startMongo } from '../support/servers/mongo.ts';

describe('the MongoDB read store', () => {
  let server: MongoServer;
  beforeAll(async () => {
    server = await startMongo();
  });
  afterAll(() => server.stop());

  const onServer: OpenReadStore = async () => {
    let opened = await connectedStore({ url: server.url });
    const { namespace } = opened;
    const reopen = async () => {
      await opened.close();
      opened = await connectedStore({ url: server.url, namespace });
      return opened.store;
    };
    const close = async () => {
      await opened.forget();
      await opened.close();
    };
    return { store: opened.store, reopen, close };
  };

  readStoreContract('MongoDB', onServer);
  readStoreGenerationsContract('MongoDB', onServer);
  readStoreQueriesContract('MongoDB', onServer);
});
