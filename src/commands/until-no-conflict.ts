import type { Unavailable } from './result.ts';
import type { Soon } from './when-there.ts';

const TRIES = 8;

/** Tries again, eight times in all, while somebody else has written to the stream meanwhile. */
export const untilNoConflict = async <Outcome>(
  stream: string,
  once: (tries: number) => Soon<Outcome | 'conflict'>,
): Promise<Outcome | Unavailable> => {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const outcome = await once(tries);
    if (outcome !== 'conflict') return outcome;
  }
  return { kind: 'unavailable', code: 'busy', detail: `too many writers on ${stream}` };
};
