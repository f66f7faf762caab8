import type { Clock } from '../../clock/port.ts';

/**
 * Does something again and again until it is stopped: first after `firstMs`, then each time after as many
 * milliseconds as it said the time before. `work` must not reject.
 */
export const repeatedly = (
  clock: Pick<Clock, 'schedule'>,
  firstMs: number,
  work: () => Promise<number>,
): { readonly stop: () => void } => {
  let cancel = (): void => undefined;
  let isStopped = false;
  const again = (delayMs: number): void => {
    if (!isStopped) cancel = clock.schedule(delayMs, () => void work().then(again));
  };
  again(firstMs);
  return {
    stop: () => {
      isStopped = true;
      cancel();
    },
  };
};
