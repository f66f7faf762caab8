import { hash } from 'node:crypto';
import type { LetterCause } from '../../domain/dead-letter/events.ts';
import type { RecordOutcome } from './record-outcome.ts';

export type Poison = Extract<RecordOutcome, { kind: 'poison' }>;

const MAX_CODE = 100;
const MAX_DETAIL = 2000;
const MAX_POINTER = 1000;

/** Why a record is kept, as a letter says it. */
export const causeOf = ({ code, detail, pointer }: Omit<Poison, 'kind'>): LetterCause => ({
  code: code.slice(0, MAX_CODE) || 'unknown',
  detail: detail.slice(0, MAX_DETAIL),
  pointer: pointer?.slice(0, MAX_POINTER) ?? null,
});

/** Nothing is known to be wrong with the record: an earlier one of its key has to go first. */
export const queuedBehind = (letterId: string): Poison => ({
  kind: 'poison',
  code: 'queued_behind',
  detail: `an earlier record of the same key is in dead letter ${letterId}`,
});

/**
 * What has the same cause in the same topic has the same fingerprint, whatever the content: places in lists count
 * as one place.
 */
export const fingerprintOf = (topic: string, { code, pointer }: LetterCause): string => {
  const place = (pointer ?? '').replaceAll(/\/\d+(?=\/|$)/g, '/*');
  return hash('sha256', JSON.stringify([code, topic, place]));
};
