import { hash } from 'node:crypto';
import { canonical } from '../../domain/canonical.ts';

/** What the chain covers of one event: stored values, before upcasting (decision 7 in docs/rules.md). */
export type HashedEvent = {
  /** Without a namespace prefix. */
  readonly stream: string;
  readonly revision: number;
  /** Lower-case UUID. */
  readonly eventId: string;
  readonly type: string;
  /** Canonical JSON of the data, as text or as its UTF-8 bytes. */
  readonly data: string | Uint8Array;
  /** Canonical JSON of the whole stored metadata. */
  readonly metadata: string;
};

export const HASH_BYTES = 32;
/** What the first event of a stream is chained to. */
export const ZERO_HASH = '0'.repeat(2 * HASH_BYTES);

const PREFIX_BYTES = 4;

/** SHA-256(prev ‖ lp(stream) ‖ lp(revision) ‖ lp(eventId) ‖ lp(type) ‖ lp(data) ‖ lp(metadata)), hex to hex. */
export const chainHash = (prev: string, event: HashedEvent): string => {
  const { stream, revision, eventId, type, data, metadata } = event;
  const parts = [stream, String(revision), eventId, type, data, metadata];
  const bytes = Buffer.allocUnsafe(
    HASH_BYTES + parts.reduce((sum, part) => sum + PREFIX_BYTES + sizeOf(part), 0),
  );
  bytes.write(prev, 0, 'hex');
  let at = HASH_BYTES;
  for (const part of parts) at = writePart(bytes, at, part);
  return hash('sha256', bytes);
};

const sizeOf = (part: string | Uint8Array): number =>
  typeof part === 'string' ? Buffer.byteLength(part) : part.length;

const writePart = (bytes: Buffer, at: number, part: string | Uint8Array): number => {
  const start = at + PREFIX_BYTES;
  const length = typeof part === 'string' ? bytes.write(part, start) : part.length;
  if (typeof part !== 'string') bytes.set(part, start);
  bytes.writeUInt32BE(length, at);
  return start + length;
};

/** A stored event as it is read back; `metadata` is the whole of it. */
export type ChainedEvent = Omit<HashedEvent, 'data' | 'metadata'> & {
  readonly data: unknown;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly hash: string;
};

/**
 * The hash a stored event must have behind one with the hash `prev`. A log whose server sets the time after the event
 * was hashed keeps `recordedAt` out of the chain (ADR 8): such an event is known by its own hash.
 */
export const hashOfStored = (prev: string, event: ChainedEvent): string => {
  const data = canonical(event.data);
  const whole = chainHash(prev, { ...event, data, metadata: canonical(event.metadata) });
  if (whole === event.hash) return whole;
  const metadata = Object.fromEntries(Object.entries(event.metadata).filter(([key]) => key !== 'recordedAt'));
  const untimed = chainHash(prev, { ...event, data, metadata: canonical(metadata) });
  return untimed === event.hash ? untimed : whole;
};
