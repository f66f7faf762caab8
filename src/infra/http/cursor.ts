import { timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { Epoch, Position } from '../event-store/port.ts';
import { hmacSha256 } from './hmac-sha256.ts';

export type DecodedCursor =
  | { readonly kind: 'ok'; readonly position: Position }
  /** Not one of ours, or altered. */
  | { readonly kind: 'malformed' }
  /** Of another log, or of this one before it was put back to an earlier state (ADR 29): the holder has to start over. */
  | { readonly kind: 'foreign' };

/** Log positions as clients see them: opaque, bound to one log, tamper-evident (decision 14 in docs/rules.md). */
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
/** What stands before it is the same in every cursor of a log, in text too: three bytes are four characters. */
const OWN_AT = 15;
const HALF_DIGITS = 20;
const SLOTS = 4096;
/** No position is behind it. */
const LAST: Position = '9'.repeat(2 * HALF_DIGITS);
const ZERO = 48;
const UINT32 = 2 ** 32;
const TEXT = new RegExp(`^[A-Za-z0-9_-]{${(LENGTH * 4) / 3}}$`);

type CursorOptions = {
  readonly logId: string;
  readonly epochs?: readonly Epoch[];
  readonly key: Uint8Array;
};

/** `version ‖ id of the log or its epoch (16 bytes) ‖ commit (8) ‖ prepare (8) ‖ HMAC-SHA-256 (first 12 bytes)`, in base64url. */
export const cursorCodec = ({ logId, epochs = [], key }: CursorOptions): CursorCodec => {
  const id = bytesOf(epochs.at(-1)?.id ?? logId);
  const validUpTo = formerOf(logId, epochs);
  const scratch = Buffer.alloc(LENGTH);
  const mac = scratch.subarray(MAC_AT);
  const sign = hmacSha256(key, scratch.subarray(0, MAC_AT), mac);
  scratch.writeUInt8(VERSION);
  id.copy(scratch, LOG_ID_AT);
  const start = scratch.toString('base64url', 0, OWN_AT);
  return {
    encode: remembering((position) => {
      writePosition(scratch, position);
      sign();
      return start + scratch.toString('base64url', OWN_AT);
    }),
    decode: (cursor) => {
      const bytes = TEXT.test(cursor) ? Buffer.from(cursor, 'base64url') : undefined;
      if (bytes?.readUInt8() !== VERSION) return { kind: 'malformed' };
      const given = bytes.subarray(LOG_ID_AT, COMMIT_AT);
      const upTo = given.equals(id) ? LAST : validUpTo.get(given.toString('hex'));
      // The log id first: another deployment signs with another key, and its cursor is not a forgery.
      if (upTo === undefined) return { kind: 'foreign' };
      bytes.copy(scratch, LOG_ID_AT, LOG_ID_AT, MAC_AT);
      sign();
      id.copy(scratch, LOG_ID_AT);
      if (!timingSafeEqual(mac, bytes.subarray(MAC_AT))) return { kind: 'malformed' };
      const position = readPosition(bytes);
      return position <= upTo ? { kind: 'ok', position } : { kind: 'foreign' };
    },
  };
};

const bytesOf = (uuid: string): Buffer => Buffer.from(z.uuid().parse(uuid).replaceAll('-', ''), 'hex');

/** Up to where cursors of earlier epochs hold: what stands there is what stood there then. By id, in hex. */
const formerOf = (logId: string, epochs: readonly Epoch[]): ReadonlyMap<string, Position> => {
  const former = new Map<string, Position>();
  let upTo = LAST;
  for (const [at, { after }] of [...epochs.entries()].reverse()) {
    upTo = after < upTo ? after : upTo;
    former.set(bytesOf(epochs[at - 1]?.id ?? logId).toString('hex'), upTo);
  }
  return former;
};

type Made = { readonly position: Position; readonly cursor: string };

/** Answers, feeds and the bus hand out the same positions within moments: each is made once. */
const remembering = (make: CursorCodec['encode']): CursorCodec['encode'] => {
  const slots: (Made | undefined)[] = Array.from({ length: SLOTS }, () => undefined);
  return (position) => {
    const at = slotOf(position);
    const known = slots[at];
    if (known?.position === position) return known.cursor;
    const cursor = make(position);
    slots[at] = { position, cursor };
    return cursor;
  };
};

/** By the last digits of the commit: positions that follow each other take different ones. */
const slotOf = (position: Position): number => {
  let number = 0;
  for (let at = HALF_DIGITS - 4; at < HALF_DIGITS; at += 1) number = number * 10 + position.charCodeAt(at);
  return number % SLOTS;
};

const writePosition = (bytes: Buffer, position: Position) => {
  if (position.length !== 2 * HALF_DIGITS) throw new RangeError('not a log position');
  writeHalf(bytes, position, { from: 0, at: COMMIT_AT });
  writeHalf(bytes, position, { from: HALF_DIGITS, at: PREPARE_AT });
};

const writeHalf = (
  bytes: Buffer,
  position: Position,
  { from, at }: { readonly from: number; readonly at: number },
) => {
  const half = numberIn(position, from);
  // Big integers cost several times as much, and few logs need them.
  if (!Number.isSafeInteger(half)) return bytes.writeBigUInt64BE(bigIn(position, from), at);
  bytes.writeUInt32BE(Math.floor(half / UINT32), at);
  return bytes.writeUInt32BE(half % UINT32, at + 4);
};

/** Inexact from 2^53 on; NaN where there is something else than digits. */
const numberIn = (position: Position, from: number): number => {
  let number = 0;
  for (let at = from; at < from + HALF_DIGITS; at += 1) {
    const digit = position.charCodeAt(at) - ZERO;
    number = digit >= 0 && digit <= 9 ? number * 10 + digit : Number.NaN;
  }
  return number;
};

const bigIn = (position: Position, from: number): bigint => {
  const digits = position.slice(from, from + HALF_DIGITS);
  if (!/^\d+$/.test(digits)) throw new RangeError('not a log position');
  return BigInt(digits);
};

const readPosition = (bytes: Buffer): Position =>
  [COMMIT_AT, PREPARE_AT]
    .map((at) => bytes.readBigUInt64BE(at).toString().padStart(HALF_DIGITS, '0'))
    .join('');
