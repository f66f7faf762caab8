import type { Unavailable } from './result.ts';
import { whenThere } from './when-there.ts';
import type { Soon } from '../infra/clock/port.ts';

const TRIES = 8;

/** Tries again, eight times in all, while somebody else has written to the stream meanwhile. */
export const untilNoConflict = <Outcome>(
  stream: string,
  once: (tries: number) => Soon<Outcome | 'conflict'>,
  tries = 0,
): Soon<Outcome | Unavailable> =>
  whenThere(once(tries), (outcome) => {
    if (outcome !== 'conflict') return outcome;
    if (tries + 1 < TRIES) return untilNoConflict(stream, once, tries + 1);
    return { kind: 'unavailable', code: 'busy', detail: `too many writers on ${stream}` };
  });
