/**
 * Names a record no client can decode: a damaged batch, an unknown codec, a bomb. It comes to `handle` in the place of
 * the whole batch, three times seen alike, with the offset of the batch's first record, no key, the batch as it is
 * stored (its first 64 KiB) as value, and this header with the reason in words.
 */
export const UNDECODABLE = 'skald-undecodable';
/** The last offset of the batch: behind it the group goes on. Decimal digits. */
export const UNDECODABLE_LAST_OFFSET = 'skald-undecodable-last-offset';
/** How many bytes the batch has as it is stored. Decimal digits. */
export const UNDECODABLE_BYTES = 'skald-undecodable-bytes';
