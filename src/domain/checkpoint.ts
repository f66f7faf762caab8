import { z } from 'zod';
import { canonical } from './canonical.ts';
import { leafHash, merkleTree } from './merkle.ts';
import type { MerkleTree, Sha256 } from './merkle.ts';

const hexHash = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.int().nonnegative();
const position = z.string().regex(/^\d{40}$/);

/** Where a stream ended: name, last revision, that event's hash. */
export const coveredHead = z.tuple([z.string(), count, hexHash]).readonly();
export type CoveredHead = z.output<typeof coveredHead>;

export const CHECKPOINT_FORMAT = 1;
export const WITNESS_CATEGORY = 'witness';
/** Its events are the signed checkpoints and nothing else: number n is at revision n - 1. */
export const WITNESS_STREAM = 'witness-log';
/** The stream with the heads that a checkpoint covers. */
export const headsStream = (id: string): string => `${WITNESS_CATEGORY}-${id}`;

/**
 * What is signed: the log from the checkpoint before (exclusive) to `upTo` (inclusive), but for the witness's own
 * streams, which are covered by their chain and by the signatures.
 */
export const statement = z.strictObject({
  format: z.literal(CHECKPOINT_FORMAT),
  logId: z.uuid(),
  /** 1, 2, 3 … */
  number: z.int().positive(),
  signedAt: z.iso.datetime({ precision: 3 }),
  from: position,
  upTo: position,
  /** How many events, and in how many streams. */
  events: count,
  streams: count,
  /** Of the tree over the heads of the streams that changed, by name. */
  root: hexHash,
  /** SHA-256 over `orderLine` of every event, in log order. */
  order: hexHash,
  /** Hash of the checkpoint before; zeros for the first. */
  previous: hexHash,
  /** Which stream lists the heads. */
  heads: z.uuid(),
  /** SHA-256 of the public key, DER. */
  keyFingerprint: hexHash,
});
export type Statement = Readonly<z.output<typeof statement>>;

export const signedCheckpoint = statement.extend({
  /** Ed25519, SubjectPublicKeyInfo DER in base64. */
  publicKey: z.base64().max(100),
  signature: z.base64().max(100),
});
const unsigned = z.object(statement.shape);
export type SignedCheckpoint = Readonly<z.output<typeof signedCheckpoint>>;

/** The bytes that are signed. */
export const textToSign = (signed: SignedCheckpoint): string => statementText(unsigned.parse(signed));

export const statementText = (stated: Statement): string => canonical(stated);

/** What the next checkpoint refers to. */
export const checkpointHash = (sha256: Sha256, signed: SignedCheckpoint): string =>
  hex(sha256(Buffer.from(canonical(signed))));

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

export type SeenEvent = { readonly stream: string; readonly revision: number; readonly hash: string };

/** What stands for an event in the digest of the log's order. */
export const orderLine = ({ stream, revision, hash }: SeenEvent): string =>
  `${stream} ${String(revision)} ${hash}\n`;

export const isWitness = (stream: string): boolean => stream.startsWith(`${WITNESS_CATEGORY}-`);

export const NO_CHECKPOINT_HASH = '0'.repeat(64);

const LENGTH_BYTES = 4;

/** Hash of a leaf: name, revision and hash, each with its length before it. */
export const leafOf = (sha256: Sha256, [stream, revision, hash]: CoveredHead): Uint8Array =>
  leafHash(
    sha256,
    Buffer.concat([stream, String(revision), hash].flatMap((part) => [lengthOf(part), Buffer.from(part)])),
  );

const lengthOf = (part: string): Buffer => {
  const bytes = Buffer.alloc(LENGTH_BYTES);
  bytes.writeUInt32BE(Buffer.byteLength(part));
  return bytes;
};

/** The tree over heads in the order they are listed in. */
export const headsTree = (sha256: Sha256, heads: readonly CoveredHead[]): MerkleTree =>
  merkleTree(
    sha256,
    heads.map((head) => leafOf(sha256, head)),
  );

/** The order of heads in a tree: by name, in UTF-16 code units. */
export const byName = ([one]: CoveredHead, [other]: CoveredHead): number =>
  one < other ? -1 : one > other ? 1 : 0;
