import { availableParallelism } from 'node:os';
import { setFlagsFromString } from 'node:v8';

// Up to so many processors are all busy with what the collector would hold up.
const FEW = 2;
const ALONE = '--no-parallel-scavenge';

/**
 * Where processors are few, each thread collects its young objects by itself. V8's helpers would do that in less time
 * where they are free; where they are not, waking them and sharing out costs a twentieth of all that the server does
 * (docs/performance.md). To be called before there is a second thread.
 */
export const collectAlone = (processors = availableParallelism(), setFlags = setFlagsFromString): void => {
  if (processors <= FEW) setFlags(ALONE);
};
