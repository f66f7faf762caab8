import type { InstanceCommand } from '../../domain/instance/commands.ts';
import type { Erasable } from './erasable.ts';

type Receipt = Extract<InstanceCommand, { type: 'EraseInstance' }>['receipt'];

const MOST_LISTED = 1000;
const FOR_EVER = '9999-12-31T23:59:59.999Z';

/**
 * What says that it cannot be read any more.
 * @param from milliseconds since the epoch: nothing of it has gone out on documented topics since then
 * @param plaintextMs how long those may hold what went out on them; -1 for ever
 */
export const receiptOf = (
  { keyIds, letterKeyIds, streams, sealedValues, letters }: Erasable,
  { from, plaintextMs }: { readonly from: number; readonly plaintextMs: number },
): Receipt => ({
  keyIds: [...keyIds, ...letterKeyIds].slice(0, MOST_LISTED),
  streams: streams.slice(0, MOST_LISTED),
  ...{ sealedValues, letters },
  plaintextUntil: plaintextMs < 0 ? FOR_EVER : new Date(from + plaintextMs).toISOString(),
});
