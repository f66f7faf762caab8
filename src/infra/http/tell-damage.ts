import { problem } from './problem-details.ts';

// By name: no adapter's error is known here.
export const isDamage = (error: unknown): error is Error =>
  error instanceof Error && error.name === 'LogDamaged';

/** Auditors are told where the log is damaged: it is what they look for. @throws Problem, or the error as it is. */
export const tellDamage = (error: unknown): never => {
  if (isDamage(error)) throw problem('integrity', error.message);
  throw error;
};
