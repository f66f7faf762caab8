import { z } from 'zod';
import { signedCheckpoint } from '../../../domain/checkpoint.ts';
import { auditedEvent } from '../audit/heads.ts';

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.int().nonnegative();

export const BUNDLE_FORMAT = 1;

/** The first line: what was asked for. */
const header = z.strictObject({
  kind: z.literal('header'),
  format: z.literal(BUNDLE_FORMAT),
  logId: z.uuid().nullable(),
  /** RFC 3339, by the clock of whoever made it. */
  madeAt: z.string(),
  what: z.string(),
});
const event = z.strictObject({ ...auditedEvent.shape, kind: z.literal('event') });
/** Which revisions of a stream are here, and the hash that the first of them is chained to. */
const stream = z.strictObject({
  kind: z.literal('stream'),
  stream: z.string(),
  first: count,
  last: count,
  prev: hash,
});
/** What runs here are pinned to; `sha256` is of the definition's canonical form. */
const definition = z.strictObject({ kind: z.literal('definition'), sha256: hash, definition: z.unknown() });
const checkpoint = z.strictObject({ kind: z.literal('checkpoint'), checkpoint: signedCheckpoint });
/** That a stream had this event at this revision when a checkpoint was signed. */
const proof = z.strictObject({
  kind: z.literal('proof'),
  stream: z.string(),
  revision: count,
  hash,
  checkpoint: z.int().positive(),
  index: count,
  path: z.array(hash).max(64),
});
/** The last line: SHA-256 of every byte before it. */
const trailer = z.strictObject({
  kind: z.literal('trailer'),
  events: count,
  streams: count,
  sha256: hash,
});

export const bundleLine = z.discriminatedUnion('kind', [
  header,
  event,
  stream,
  definition,
  checkpoint,
  proof,
  trailer,
]);
export type BundleLine = z.output<typeof bundleLine>;
export type LineOf<Kind extends BundleLine['kind']> = Extract<BundleLine, { kind: Kind }>;

/** The definition that a run's event pins it to. */
export const pinnedIn = (type: string, data: unknown): { orchName?: string; hash: string } | undefined => {
  if (type !== 'SagaStarted' && type !== 'SagaDefinitionPinned') return undefined;
  const { definition: ref, orchName } = pinning.safeParse(data).data ?? {};
  return ref == null ? undefined : { hash: ref.hash, ...(orchName === undefined ? {} : { orchName }) };
};

const pinning = z.object({
  orchName: z.string().optional(),
  definition: z.object({ hash: z.string() }).nullish(),
});

export const startedIn = (type: string, data: unknown): string | undefined =>
  type === 'SagaStarted' ? pinning.safeParse(data).data?.orchName : undefined;
