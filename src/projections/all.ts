import { deadLetters } from './dead-letters/projection.ts';
import { healing } from './healing/projection.ts';
import { instances } from './instances/projection.ts';
import { orchestrations } from './orchestration/collection.ts';
import type { Projection } from './projection.ts';
import { registrations } from './registrations/projection.ts';
import { replays } from './replays/projection.ts';
import { sagaTimeline } from './saga-timeline/projection.ts';
import { sagas } from './sagas/projection.ts';
import { workers } from './workers/projection.ts';

/** Every read model there is. Timers are found in `sagas`: what ends them all names no step. */
export const projections: readonly Projection[] = [
  orchestrations,
  registrations,
  workers,
  // Before the runs that its query looks at: the diary is then rarely behind them.
  healing,
  sagas,
  sagaTimeline,
  deadLetters,
  instances,
  replays,
];
