import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { canonical } from '../../domain/canonical.ts';
import type { Keyset } from '../read-store/port.ts';

/** What a cursor belongs to: the list, its filters and its order. Asked differently, it does not fit. */
export type ListIdentity = {
  readonly list: string;
  readonly filters: Readonly<Record<string, unknown>>;
  readonly sort: string;
};

/** Where a list goes on, as clients see it: opaque, bound to one query, tamper-evident. */
export type ListCursorCodec = {
  readonly encode: (identity: ListIdentity, after: Keyset) => string;
  /** Undefined for one that is not ours, was altered, or was made for another query. */
  readonly decode: (identity: ListIdentity, cursor: string) => Keyset | undefined;
};

const MAC_BYTES = 16;
const keyset = z.strictObject({
  value: z.union([z.string(), z.number(), z.boolean()]).nullable(),
  id: z.string(),
});

/** `HMAC-SHA-256 over query and keyset (first 16 bytes) ‖ keyset as JSON`, in base64url. */
export const listCursorCodec = ({ key }: { readonly key: Uint8Array }): ListCursorCodec => {
  const macOf = (identity: ListIdentity, body: Uint8Array): Buffer =>
    createHmac('sha256', key).update(queryHash(identity)).update(body).digest().subarray(0, MAC_BYTES);
  return {
    encode: (identity, after) => {
      const body = Buffer.from(canonical(after));
      return Buffer.concat([macOf(identity, body), body]).toString('base64url');
    },
    decode: (identity, cursor) => {
      const bytes = Buffer.from(cursor, 'base64url');
      // Node skips what is no base64url: only the spelling we made counts.
      if (bytes.length <= MAC_BYTES || bytes.toString('base64url') !== cursor) return undefined;
      const body = bytes.subarray(MAC_BYTES);
      const isOurs = timingSafeEqual(macOf(identity, body), bytes.subarray(0, MAC_BYTES));
      return isOurs ? keyset.parse(JSON.parse(body.toString())) : undefined;
    },
  };
};

/** Of fixed length, so that no query's end can pass for the beginning of a keyset. */
const queryHash = ({ list, filters, sort }: ListIdentity): Buffer => {
  const given = Object.entries(filters).filter(([, value]) => value !== undefined);
  return createHash('sha256')
    .update(canonical({ list, filters: Object.fromEntries(given), sort }))
    .digest();
};
