import type { Clock } from '../clock/port.ts';
import { pause, retryPauseMs } from '../clock/port.ts';
import type { ConsumerOptions } from './port.ts';

/** Tells of an assignment until it is taken; false when the signal came first. */
export const announce = async (
  { onAssigned, onTrouble }: Pick<ConsumerOptions, 'onAssigned' | 'onTrouble'>,
  clock: Clock,
  signal: AbortSignal,
): Promise<boolean> => {
  for (let failures = 1; !signal.aborted; failures += 1) {
    try {
      await onAssigned?.();
      return !signal.aborted;
    } catch (error) {
      onTrouble(error);
    }
    await pause(clock, retryPauseMs(failures), signal);
  }
  return false;
};
