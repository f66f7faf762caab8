import { join } from 'node:path';
import { memoryShares } from './compose-memory.ts';
import type { OpenDeps, OpenStores, Ports } from './compose-stores.ts';
import type { Config } from './config.ts';
import { assertRestored } from './infra/backup/unfinished.ts';
import { systemClock, systemIds, systemRandom } from './infra/clock/system.ts';
import { assertLocalDisk } from './infra/disk/local-disk.ts';
import { embeddedEventStore } from './infra/event-store/embedded/embedded.ts';
import { acceptLoss, logMark } from './infra/event-store/embedded/log-mark.ts';
import { eventsBetween } from './infra/event-store/embedded/position.ts';
import { embeddedKeys } from './infra/keys/embedded.ts';
import { resolveMasterKey } from './infra/keys/master-key.ts';
import { memoryLeases } from './infra/leases/memory.ts';
import { lockDataDir } from './infra/lock/embedded.ts';
import { bySetting } from './infra/process/by-setting.ts';
import { embeddedProjector } from './infra/projector/embedded.ts';
import { embeddedReadStore } from './infra/read-store/embedded/embedded.ts';
import { dropReadFile, isSpoilt } from './infra/read-store/embedded/read-file.ts';
import { dropSnapshots, fileSnapshots } from './infra/snapshots/files.ts';
import { openClaimJournal } from './infra/task-queue/claim-journal.ts';
import { memoryTaskQueue } from './infra/task-queue/memory.ts';

/** Where the master key comes from; made in the data directory only where that is allowed. */
export const masterKeyOf = (config: Config, allowDataDir: boolean) =>
  resolveMasterKey({
    dataDir: config.DATA_DIR,
    allowDataDir,
    hex: config.MASTER_KEY?.reveal(),
    file: config.MASTER_KEY_FILE,
    previousHex: config.MASTER_KEY_PREVIOUS?.reveal(),
    previousFile: config.MASTER_KEY_PREVIOUS_FILE,
  });

/** What whoever keeps the master key should know. */
export const keyNotes = ({ source, previous }: ReturnType<typeof masterKeyOf>): readonly string[] => [
  ...(source === 'created' ? ['a new master key was made: keep a copy of it'] : []),
  ...(previous === undefined
    ? []
    : ['every key is wrapped by the master key: take MASTER_KEY_PREVIOUS away']),
];

/**
 * Takes the data directory for this process and opens everything in it.
 *
 * @throws DataDirLocked, WrongMasterKey, MasterKeyInvalid, NewerLayout, UnsafeDatabase, LogCutOff
 */
export const openEmbedded: OpenStores = async (config, deps) => {
  const dataDir = config.DATA_DIR;
  const { notes, ...ports } = await openPorts(config, deps);
  const { readStore, projector } = await openReadSide(dataDir, ports, deps);
  return { ports, readStore, projector, eventsBetween, notes, duties: [], isUp: () => true };
};

/** What was opened is closed again in the opposite order. */
const openPorts = async (config: Config, { logger, onFatal, closing }: OpenDeps) => {
  const dataDir = config.DATA_DIR;
  const lock = bySetting('DATA_DIR', () => lockDataDir(dataDir));
  closing.push(lock.release);
  assertRestored(dataDir);
  assertLocalDisk(dataDir);
  const clock = systemClock();
  const master = masterKeyOf(config, true);
  const keys = await embeddedKeys({
    ...{ dataDir, masterKey: master.key, previous: master.previous, onFailure: onFatal },
  });
  closing.push(keys.close);
  takeLoss(config);
  const mark = logMark(dataDir, clock);
  const { cacheBytes, tail } = memoryShares();
  const store = await embeddedEventStore({
    ...{ tail, dataDir, clock, onFatal, onCommit: mark.moved, onDamage: damageTold(logger) },
  });
  // Behind the log: what it still writes while it closes is marked too.
  closing.push(mark.stop, store.close);
  await mark.follow(store, config.ACCEPT_LOSS);
  const queue = memoryTaskQueue({ journal: openClaimJournal(join(dataDir, 'claims.journal'), clock.now()) });
  closing.push(queue.close);
  const notes = keyNotes(master);
  const { checkpoints } = store;
  const chance = { random: systemRandom(), ids: systemIds() };
  const snapshots = fileSnapshots({ dataDir, logId: store.logId });
  const stores = { keys, store, checkpoints, snapshots, queue, leases: memoryLeases(clock) };
  return { notes, clock, cacheBytes, isShared: false, ...stores, ...chance };
};

/** Read models and snapshots know of what is gone, and are made again. */
const takeLoss = ({ DATA_DIR: dataDir, ACCEPT_LOSS: end }: Config): void => {
  if (end === undefined || !acceptLoss(dataDir, end)) return;
  dropReadFile(dataDir);
  dropSnapshots(dataDir);
};

const MOST_NAMED = 20;

/** What is behind the damage is served: whoever runs Skald is told, and `skald audit verify` names all of it. */
const damageTold =
  (logger: OpenDeps['logger']) =>
  (details: readonly string[]): void => {
    const named = details.slice(0, MOST_NAMED);
    logger.error({ count: details.length, details: named }, 'the end of the log is damaged');
  };

/** Read models and what keeps them up with the log. The log must be open: the projector's thread only reads it. */
const openReadSide = async (
  dataDir: string,
  { store, clock }: Pick<Ports, 'store' | 'clock'>,
  { logger, onFatal, closing }: OpenDeps,
) => {
  const onRecreated = (reason: string): void => {
    if (reason !== 'missing') logger.warn({ reason }, 'the read models are begun anew from the log');
  };
  const readStore = await embeddedReadStore({ dataDir, onFailure: onFatal, onRecreated });
  closing.push(readStore.close);
  const projector = embeddedProjector({
    script: new URL('./projector-thread.ts', import.meta.url),
    dataDir,
    log: store,
    eventsBetween,
    clock,
    onFailure: onFatal,
    onRestart: (err) => {
      // Another one would meet the same; the next start begins the file anew.
      if (isSpoilt(dataDir)) onFatal(err);
      else logger.error({ err }, 'the projector ended unexpectedly; another one is started');
    },
  });
  closing.push(projector.close);
  return { readStore, projector };
};
