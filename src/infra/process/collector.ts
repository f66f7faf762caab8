import { availableParallelism } from 'node:os';
import { setFlagsFromString } from 'node:v8';

// Up to so many processors are all busy with what the collector would hold up.
const FEW = 2;
const ALONE = '--no-parallel-scavenge';

// V8 makes objects old from the start where many from the same place lived long: for a while those are documents that wait
// to be written, then it is rows that are gone at once, and keep their texts until all that is old is collected.
const YOUNG_AT_FIRST = '--no-allocation-site-pretenuring';

/**
 * How memory is collected; to be called before there is a second thread. Whatever is made begins young. Where processors
 * are few, each thread collects its young objects by itself. V8's helpers would do that in less time where they are free;
 * where they are not, waking them and sharing out costs a twentieth of all that the server does (docs/performance.md).
 */
export const tuneCollector = (processors = availableParallelism(), setFlags = setFlagsFromString): void => {
  setFlags(YOUNG_AT_FIRST);
  if (processors <= FEW) setFlags(ALONE);
};
