import { accept, reject } from '../decider.ts';
import type { Decision } from '../decider.ts';
import { MAX_INT64 } from '../int64.ts';
import type { SequenceEvent } from './events.ts';

/** `after`: the last number that was taken, as whoever asks saw it. Somebody may have been faster: then look again. */
export type ReserveBlock = { readonly type: 'ReserveBlock'; readonly after: bigint; readonly size: number };

export type SequenceState = { readonly last: bigint };
export type SequenceRejection = 'ids_exhausted';

/** The first number is 1. */
export const initialSequence: SequenceState = { last: 0n };

/** The last block ends with the last 64-bit integer and may be shorter. */
export const decide = (
  { after, size }: ReserveBlock,
  { last }: SequenceState,
): Decision<SequenceEvent, SequenceRejection> => {
  if (after !== last) return accept();
  if (last >= MAX_INT64) return reject('ids_exhausted', 'every 64-bit id has been handed out');
  const end = last + BigInt(size);
  const to = end > MAX_INT64 ? MAX_INT64 : end;
  return accept({ type: 'BlockReserved', data: { from: String(last + 1n), to: String(to) } });
};

export const evolve = (_state: SequenceState, { data }: SequenceEvent): SequenceState => ({
  last: BigInt(data.to),
});
