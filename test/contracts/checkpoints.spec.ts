import { embeddedEventStore } from '../../src/infra/event-store/embedded/embedded.ts';
import { freshDirectory } from '../support/fresh-directory.ts';
import { checkpointsContract } from './checkpoints.contract.ts';

checkpointsContract('embedded', async () => {
  const dataDir = freshDirectory();
  let store = await embeddedEventStore({ dataDir });
  return {
    store,
    checkpoints: store.checkpoints,
    reopen: async () => {
      await store.close();
      store = await embeddedEventStore({ dataDir });
      return store.checkpoints;
    },
    close: () => store.close(),
  };
});
