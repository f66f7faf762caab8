import { z } from 'zod';
import { canonical } from '../../../domain/canonical.ts';
import type { AppendMetadata } from '../../../domain/event.ts';
import { LogDamaged } from '../errors.ts';
import { chainHash } from '../hash.ts';
import type { StoredEvent } from '../port.ts';
import { commonOf, timeText } from '../embedded/common.ts';
import type { Recorded } from './recorded.ts';

/** What is written beside the data. The server's own time is not in it, so the chain does not cover it (ADR 8). */
const storedMetadata = z.strictObject({
  actor: z.strictObject({
    kind: z.enum(['anonymous', 'user', 'service', 'system']),
    id: z.string(),
    source: z.string(),
  }),
  bodyHash: z.string().exactOptional(),
  causationId: z.string(),
  commandId: z.string(),
  correlationId: z.string(),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  owner: z.string().exactOptional(),
  schemaVersion: z.string(),
});

type Chained = {
  readonly stream: string;
  readonly revision: number;
  readonly eventId: string;
  readonly type: string;
  readonly schemaVersion: string;
  readonly data: string | Uint8Array;
};

/** The hash of an event behind the hash `prev`. */
export const hashOf = (prev: string, event: Chained, common: AppendMetadata): string => {
  const metadata = canonical({ ...common, schemaVersion: event.schemaVersion });
  return chainHash(prev, { ...event, metadata });
};

/** Canonical JSON of what is written beside the data. */
export const metadataText = (common: AppendMetadata, schemaVersion: string, hash: string): string =>
  canonical({ ...common, hash, schemaVersion });

/** Only the hash, for chaining to an event whose content is not needed. @throws LogDamaged */
export const storedHash = (recorded: Recorded): string => metadataIn(recorded).hash;

/** The event, checked against the hash before it. @throws LogDamaged where it is not what was written */
export const storedEvent = (prev: string, recorded: Recorded): StoredEvent => {
  const { stream, revision, position, eventId, type, data } = recorded;
  const { hash, schemaVersion, ...common } = metadataIn(recorded);
  if (hashOf(prev, { ...recorded, schemaVersion }, common) !== hash) {
    throw new LogDamaged(stream, revision, 'the hash does not match', position);
  }
  const metadata = { ...commonOf(common), recordedAt: timeText(recorded.createdMs), schemaVersion };
  // Verified, so these are the bytes of a canonical text.
  return { stream, revision, position, eventId, type, data: parsed(data), metadata, hash };
};

const metadataIn = ({ stream, revision, metadata }: Recorded): z.output<typeof storedMetadata> => {
  const read = storedMetadata.safeParse(parsedOrUndefined(metadata));
  if (read.success) return read.data;
  throw new LogDamaged(stream, revision, 'its metadata is not what this product writes');
};

const parsed = (bytes: Uint8Array): unknown =>
  JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString());

const parsedOrUndefined = (bytes: Uint8Array): unknown => {
  try {
    return parsed(bytes);
  } catch {
    return undefined;
  }
};
