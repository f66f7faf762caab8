import { HASH_BYTES } from '../hash.ts';
import { varintIn } from './bytes.ts';
import { skipCommon } from './common-bytes.ts';
import type { StoredBody } from './row.ts';
import { UUID_BYTES, uuidOfHex } from './uuid-bytes.ts';

/** Where in `events.body` its parts begin: hash, event id, index within the append, what the append shares, data. */
export type Body = {
  readonly index: number;
  /** What the append shares, stored with its first event only: 0 where it is not there. */
  readonly common: number;
  /** Canonical JSON. */
  readonly data: number;
};

const INDEX = HASH_BYTES + UUID_BYTES;
const HASH_DIGITS = 2 * HASH_BYTES;

/** The event's id, without looking at the rest. */
export const eventIdIn = ({ bytes, start }: StoredBody): string =>
  uuidOfHex(bytes.toString('hex', start + HASH_BYTES, start + INDEX), 0);

/** @throws RangeError for bytes that `eventBytes` does not make. */
export const bodyIn = ({ bytes, start, end }: StoredBody): Body => {
  const rest = { bytes, at: start + INDEX, end };
  const index = varintIn(rest);
  if (index > 0) return { index, common: 0, data: rest.at };
  const common = rest.at;
  skipCommon(rest);
  return { index, common, data: rest.at };
};

/** The hash, as lower-case hex, and the event id of a row that `bodyIn` has read. */
export const identityIn = ({
  bytes,
  start,
}: StoredBody): { readonly hash: string; readonly eventId: string } => {
  const hex = bytes.toString('hex', start, start + INDEX);
  return { hash: hex.slice(0, HASH_DIGITS), eventId: uuidOfHex(hex, HASH_DIGITS) };
};
