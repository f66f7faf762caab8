import type { SlotRows } from '../operations.ts';
import type { Connection } from './connection.ts';
import type { Slots } from './slots.ts';

/** Prepares a connection for a write, outside of any transaction. */
export type SyncedBy = (connection: Connection, slots: Slots) => (batches: readonly SlotRows[]) => void;

/** Each commit waits for the disk. */
export const always: SyncedBy = () => () => undefined;

/**
 * A commit does not wait for the disk where all of it goes into slots that are being filled: nobody is served from them
 * before they are sealed and switched to, by commits that do wait, for what came before them too; after a crash they are
 * dropped. For connections that do nothing but write.
 */
export const onceServed: SyncedBy = ({ db }, slots) => {
  let isLazy = false;
  return (batches) => {
    const slotOf = slots.known();
    const mayBeLazy = batches.every(({ slot }) => !slotOf(slot).isSealed);
    if (mayBeLazy === isLazy) return;
    db.exec(`PRAGMA synchronous = ${mayBeLazy ? 'NORMAL' : 'FULL'}`);
    isLazy = mayBeLazy;
  };
};
