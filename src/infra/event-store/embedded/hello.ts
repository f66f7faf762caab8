import { detailOf } from '../../sqlite/errors.ts';
import { NewerLayout } from '../errors.ts';
import type { Hello } from './protocol.ts';

/** Why a thread could not open the log, as the message its owner gets. */
export const refusal = (error: unknown): Hello => ({
  kind: error instanceof NewerLayout ? 'newer-layout' : 'unusable',
  detail: detailOf(error),
});
