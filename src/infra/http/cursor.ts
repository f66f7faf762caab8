import { timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { Position } from '../event-store/port.ts';
import { hmacSha256 } from './hmac-sha256.ts';

export type DecodedCursor =
  | { readonly kind: 'ok'; readonly position: Position }
  /** Not one of ours, or altered. */
  | { readonly kind: 'malformed' }
  /** Intact, but of another log: the holder has to start over. */
  | { readonly kind: 'foreign' };

/** Log positions as clients see them: opaque, bound to one log, tamper-evident (DESIGN decision 14). */
export type CursorCodec = {
  /** @throws RangeError when `position` is not a position (40 digits, each half below 2^64). */
  readonly encode: (position: Position) => string;
  readonly decode: (cursor: string) => DecodedCursor;
};

const VERSION = 1;
const LOG_ID_AT = 1;
const COMMIT_AT = 17;
const PREPARE_AT = 25;
const MAC_AT = 33;
const LENGTH = 45;
const UINT32 = 2 ** 32;
const TEXT = new RegExp(`^[A-Za-z0-9_-]{${(LENGTH * 4) / 3}}$`);

/** `version ‖ log id (16 bytes) ‖ commit (8) ‖ prepare (8) ‖ HMAC-SHA-256 (first 12 bytes)`, in base64url. */
export const cursorCodec = ({
  logId,
  key,
}: {
  readonly logId: string;
  readonly key: Uint8Array;
}): CursorCodec => {
  const id = Buffer.from(z.uuid().parse(logId).replaceAll('-', ''), 'hex');
  const hmac = hmacSha256(key);
  const macOf = (body: Uint8Array) => hmac(body).slice(0, 2 * (LENGTH - MAC_AT));
  const scratch = Buffer.alloc(LENGTH);
  scratch.writeUInt8(VERSION);
  id.copy(scratch, LOG_ID_AT);
  const body = scratch.subarray(0, MAC_AT);
  return {
    encode: (position) => {
      writePosition(scratch, position);
      scratch.write(macOf(body), MAC_AT, 'hex');
      return scratch.toString('base64url');
    },
    decode: (cursor) => {
      const bytes = TEXT.test(cursor) ? Buffer.from(cursor, 'base64url') : undefined;
      if (bytes?.readUInt8() !== VERSION) return { kind: 'malformed' };
      // The log id first: another deployment signs with another key, and its cursor is not a forgery.
      if (!bytes.subarray(LOG_ID_AT, COMMIT_AT).equals(id)) return { kind: 'foreign' };
      const isIntact = timingSafeEqual(
        Buffer.from(macOf(bytes.subarray(0, MAC_AT)), 'hex'),
        bytes.subarray(MAC_AT),
      );
      return isIntact ? { kind: 'ok', position: readPosition(bytes) } : { kind: 'malformed' };
    },
  };
};

const writePosition = (bytes: Buffer, position: Position) => {
  if (!/^\d{40}$/.test(position)) throw new RangeError('not a log position');
  writeHalf(bytes, position.slice(0, 20), COMMIT_AT);
  writeHalf(bytes, position.slice(20), PREPARE_AT);
};

// Big integers cost several times as much, and few logs need them.
const writeHalf = (bytes: Buffer, digits: string, at: number) => {
  const half = Number(digits);
  if (!Number.isSafeInteger(half)) return bytes.writeBigUInt64BE(BigInt(digits), at);
  bytes.writeUInt32BE(Math.floor(half / UINT32), at);
  return bytes.writeUInt32BE(half % UINT32, at + 4);
};

const readPosition = (bytes: Buffer): Position =>
  [COMMIT_AT, PREPARE_AT].map((at) => bytes.readBigUInt64BE(at).toString().padStart(20, '0')).join('');
