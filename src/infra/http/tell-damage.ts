import { isLogDamaged } from '../../domain/damage.ts';
import { problem } from './problem-details.ts';

/** Auditors are told where the log is damaged: it is what they look for. @throws Problem, or the error as it is. */
export const tellDamage = (error: unknown): never => {
  if (isLogDamaged(error)) throw problem('integrity', error.message);
  throw error;
};
