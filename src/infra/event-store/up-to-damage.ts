import { LogDamaged } from './errors.ts';
import type { AllSlice, EventStore } from './port.ts';

/**
 * A log of which everything before damage is read: a slice that would reach into it ends in front of it, and only one
 * that begins there is refused. @throws LogDamaged
 */
export const upToDamage = <Log extends Pick<EventStore, 'readAll'>>(log: Log): Log => {
  const readAll: EventStore['readAll'] = async (options): Promise<AllSlice> => {
    try {
      return await log.readAll(options);
    } catch (error) {
      if (!(error instanceof LogDamaged) || options.max === 1) throw error;
      return readAll({ ...options, max: Math.floor(options.max / 2) });
    }
  };
  return { ...log, readAll };
};
