import { HASH_BYTES } from '../hash.ts';
import { varintIn } from './bytes.ts';
import { skipCommon } from './common-bytes.ts';
import type { StoredBody } from './row.ts';
import { UUID_BYTES } from './uuid-bytes.ts';
import { uuidTextAt } from './uuid-text.ts';

/** Where in `events.body` its parts begin: hash, event id, index within the append, what the append shares, data. */
export type Body = {
  readonly index: number;
  /** What the append shares, stored with its first event only: 0 where it is not there. */
  readonly common: number;
  /** Canonical JSON. */
  readonly data: number;
};

const INDEX = HASH_BYTES + UUID_BYTES;

/** Of a body with at least its hash and its id. */
export const eventIdIn = ({ bytes, start }: StoredBody): string => uuidTextAt(bytes, start + HASH_BYTES);

/** Its chain hash, as lower-case hex. */
export const hashIn = ({ bytes, start }: StoredBody): string =>
  bytes.toString('hex', start, start + HASH_BYTES);

/** @throws RangeError for bytes that `eventBytes` does not make. */
export const bodyIn = ({ bytes, start, end }: StoredBody): Body => {
  const rest = { bytes, at: start + INDEX, end };
  const index = varintIn(rest);
  if (index > 0) return { index, common: 0, data: rest.at };
  const common = rest.at;
  skipCommon(rest);
  return { index, common, data: rest.at };
};
