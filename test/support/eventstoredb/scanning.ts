import { wait } from './outgoing.ts';

/** To be called for each record that is looked at, found or not: a thousand take `scanMs`. */
export const scanning = (scanMs = 0): (() => Promise<void>) => {
  let looked = 0;
  return async () => {
    looked += 1;
    if (scanMs > 0 && looked % 1000 === 0) await wait(scanMs);
  };
};
