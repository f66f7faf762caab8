import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { SagaDeps } from './commands/deps.ts';
import type { Config } from './config.ts';
import { systemClock, systemIds, systemRandom } from './infra/clock/system.ts';
import { embeddedEventStore } from './infra/event-store/embedded/embedded.ts';
import type { EventStore } from './infra/event-store/port.ts';
import { embeddedKeys } from './infra/keys/embedded.ts';
import { resolveMasterKey } from './infra/keys/master-key.ts';
import { lockDataDir } from './infra/lock/embedded.ts';
import { openClaimJournal } from './infra/task-queue/claim-journal.ts';
import { memoryTaskQueue } from './infra/task-queue/memory.ts';

/** What the write side stands on. */
export type Ports = Pick<SagaDeps, 'clock' | 'keys' | 'queue' | 'random' | 'ids'> & {
  readonly store: EventStore;
};

/** Opens what everything stands on; what was opened is closed again in the opposite order. */
export const openPorts = async (
  config: Config,
  onFatal: (error: unknown) => void,
  closing: (() => unknown)[],
) => {
  const dataDir = config.DATA_DIR;
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const lock = lockDataDir(dataDir);
  closing.push(lock.release);
  const clock = systemClock();
  const master = resolveMasterKey({
    dataDir,
    allowDataDir: true,
    ...(config.MASTER_KEY === undefined ? {} : { hex: config.MASTER_KEY.reveal() }),
    ...(config.MASTER_KEY_FILE === undefined ? {} : { file: config.MASTER_KEY_FILE }),
  });
  const keys = await embeddedKeys({ dataDir, masterKey: master.key, onFailure: onFatal });
  closing.push(keys.close);
  const store = await embeddedEventStore({ dataDir, clock, onFatal });
  closing.push(store.close);
  const queue = memoryTaskQueue({ journal: openClaimJournal(join(dataDir, 'claims.journal')) });
  closing.push(queue.close);
  const notes = master.source === 'created' ? ['a new master key was made: keep a copy of it'] : [];
  return { notes, clock, keys, store, queue, random: systemRandom(), ids: systemIds() };
};
