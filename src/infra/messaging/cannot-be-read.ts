import { isUnknownForm } from '../../domain/aggregate.ts';

// By name: no adapter's error is known here.
const DAMAGE = new Set(['LogDamaged', 'CiphertextAltered']);

/** What the log or the keys hold of it is damaged, or of a form this version does not know: trying again is no use. */
export const cannotBeRead = (error: unknown): boolean =>
  isUnknownForm(error) || (error instanceof Error && DAMAGE.has(error.name));
