import { isStoreAway } from '../../domain/damage.ts';

const USUAL_MS = 5000;
const WHILE_AWAY_MS = 2000;

/**
 * How long a task that could not be put together or sent rests before it is on offer again, in milliseconds: at once, it
 * would be tried without end. A server it waits for may be back soon; what is damaged or too large stays so.
 */
export const restMsAfter = (error: unknown): number => (isStoreAway(error) ? WHILE_AWAY_MS : USUAL_MS);
