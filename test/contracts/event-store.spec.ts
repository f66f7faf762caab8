import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/infra/clock/system.ts';
import { embeddedEventStore } from '../../src/infra/event-store/embedded/embedded.ts';
import type { EmbeddedOptions } from '../../src/infra/event-store/embedded/embedded.ts';
import { eventStoreContract } from './event-store.contract.ts';

const opened = async (options: Pick<EmbeddedOptions, 'tail'>) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'skald-log-'));
  // Wall time that stumbles: the log's own time must not follow it back.
  const now = () => Math.floor(performance.timeOrigin + performance.now()) - (ticks++ % 3) * 1000;
  const clock = { now, schedule: systemClock().schedule };
  let ticks = 0;
  let store = await embeddedEventStore({ ...options, dataDir, clock });
  const reopen = async () => {
    await store.close();
    store = await embeddedEventStore({ ...options, dataDir, clock });
    return store;
  };
  const close = async () => {
    await store.close();
    await rm(dataDir, { recursive: true });
  };
  return { store, reopen, close };
};

eventStoreContract('embedded', () => opened({}));
eventStoreContract('embedded, nothing of it in memory', () =>
  opened({ tail: { maxBytes: 0, maxEvents: 0 } }),
);
