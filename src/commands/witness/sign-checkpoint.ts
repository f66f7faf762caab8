import { hash } from 'node:crypto';
import {
  CHECKPOINT_FORMAT,
  checkpointHash,
  headsStream,
  headsTree,
  hex,
  NO_CHECKPOINT_HASH,
  statementText,
  WITNESS_STREAM,
} from '../../domain/checkpoint.ts';
import type { CoveredHead, SignedCheckpoint, Statement } from '../../domain/checkpoint.ts';
import { HEADS_AT_ONCE } from '../../domain/witness/events.ts';
import type { Actor } from '../../domain/event.ts';
import type { Position } from '../../infra/event-store/port.ts';
import type { Signer } from '../../infra/witness/port.ts';
import type { Rejection } from '../../domain/decider.ts';
import type { Unavailable } from '../result.ts';
import type { Collected } from './collect.ts';
import type { WitnessDeps } from './witness-deps.ts';

const sha256 = (bytes: Uint8Array): Uint8Array => hash('sha256', bytes, 'buffer');

export type Signed =
  | { readonly kind: 'signed'; readonly checkpoint: SignedCheckpoint; readonly position: Position }
  | Rejection
  | Unavailable;

/** Who asks for a checkpoint, and in which context. */
export type OnBehalf = { readonly actor: Actor; readonly correlationId?: string };

/**
 * Records the heads, then the checkpoint that vouches for them. Until the last write nothing refers to the list: one
 * that was left behind by a crash means nothing. `checkpoint_superseded` where another process was faster.
 */
export const signCheckpoint = async (
  deps: WitnessDeps & { readonly signer: Signer },
  last: SignedCheckpoint | null,
  collected: Collected,
  by: OnBehalf,
): Promise<Signed> => {
  const id = deps.ids.next();
  const metadata = { ...by, correlationId: by.correlationId ?? id, causationId: id };
  for (const [part, heads] of partsOf(collected.heads).entries()) {
    const command = { type: 'CoverHeads' as const, part, heads };
    const covered = await deps.witness.execute(headsStream(id), command, {
      ...metadata,
      commandId: deps.ids.next(),
    });
    if (covered.kind !== 'accepted') return covered;
  }
  const checkpoint = signedWith(deps, statementOf(deps, last, collected, id));
  const command = { type: 'RecordCheckpoint' as const, checkpoint };
  const outcome = await deps.witness.execute(WITNESS_STREAM, command, { ...metadata, commandId: id });
  return outcome.kind === 'accepted' ? { kind: 'signed', checkpoint, position: outcome.position } : outcome;
};

const partsOf = (heads: readonly CoveredHead[]): readonly (readonly CoveredHead[])[] =>
  Array.from({ length: Math.ceil(heads.length / HEADS_AT_ONCE) }, (_, part) =>
    heads.slice(part * HEADS_AT_ONCE, (part + 1) * HEADS_AT_ONCE),
  );

const statementOf = (
  { store, clock, signer }: WitnessDeps & { readonly signer: Signer },
  last: SignedCheckpoint | null,
  { heads, ...covered }: Collected,
  id: string,
): Statement => ({
  ...{ format: CHECKPOINT_FORMAT, logId: store.logId, number: (last?.number ?? 0) + 1 },
  signedAt: new Date(clock.now()).toISOString(),
  ...covered,
  streams: heads.length,
  root: hex(headsTree(sha256, heads).root),
  previous: last === null ? NO_CHECKPOINT_HASH : checkpointHash(sha256, last),
  heads: id,
  keyFingerprint: signer.fingerprint,
});

const signedWith = ({ signer }: { readonly signer: Signer }, stated: Statement): SignedCheckpoint => ({
  ...stated,
  publicKey: signer.publicKey,
  signature: signer.sign(statementText(stated)),
});
