import { REPLAY_HEADER } from '../../../domain/replayed.ts';
import type { InRecord } from '../../message-bus/port.ts';

/**
 * Whether a record is one that a replay session gave out once more, of this deployment or another, wherever it was
 * carried to since: it tells of something that has had its effect.
 */
export const isReplayed = ({ headers }: Pick<InRecord, 'headers'>): boolean =>
  headers.some(([name]) => name.toLowerCase() === REPLAY_HEADER);
