import { isUnknownForm } from './aggregate.ts';

/** Something of a stream is not as it was written. */
export const isLogDamaged = (error: unknown): error is Error => isNamed(error, 'LogDamaged');

/** A ciphertext is not what was sealed, or not where it was sealed for. */
export const isCiphertextAltered = (error: unknown): error is Error => isNamed(error, 'CiphertextAltered');

/** What the log or the keys hold of it is damaged, or of a form this version does not know: trying again is no use. */
export const cannotBeRead = (error: unknown): boolean =>
  isUnknownForm(error) || isLogDamaged(error) || isCiphertextAltered(error);

/** What was asked for may be had later: a server does not answer now. */
export const isStoreAway = (error: unknown): boolean =>
  isNamed(error, 'StoreUnavailable') || isNamed(error, 'MongoUnavailable');

// By name: no adapter's error is known here.
const isNamed = (error: unknown, name: string): error is Error =>
  error instanceof Error && error.name === name;
