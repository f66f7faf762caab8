import { hash } from 'node:crypto';
import { z } from 'zod';
import { canonical } from '../../../domain/canonical.ts';
import {
  checkpointHash,
  coveredHead,
  headsStream,
  headsTree,
  hex,
  NO_CHECKPOINT_HASH,
  signedCheckpoint,
  WITNESS_STREAM,
} from '../../../domain/checkpoint.ts';
import type { CoveredHead, SignedCheckpoint } from '../../../domain/checkpoint.ts';
import type { Sha256 } from '../../../domain/merkle.ts';
import type { Finding } from './heads.ts';
import { SourceDamaged } from './source.ts';
import type { AuditSource } from './source.ts';
import type { TrustedKeys } from './trusted-keys.ts';

export const sha256: Sha256 = (bytes) => hash('sha256', bytes, 'buffer');

const headsPart = z.object({ part: z.int(), heads: z.array(coveredHead) });

/** Checkpoints in their order, each checked by itself and against the one before. */
export const readCheckpoints = async (
  source: AuditSource,
  keys: TrustedKeys,
  report: (finding: Finding) => void,
): Promise<readonly SignedCheckpoint[]> => {
  const found: SignedCheckpoint[] = [];
  let before: SignedCheckpoint | undefined;
  await untilDamage(report, async () => {
    for await (const events of source.stream(WITNESS_STREAM))
      for (const { revision, data } of events) {
        const { data: checkpoint } = signedCheckpoint.safeParse(data);
        const flaw =
          checkpoint === undefined ? 'it is no signed checkpoint' : flawOf(checkpoint, before, keys);
        before = checkpoint ?? before;
        if (flaw !== undefined) report({ stream: WITNESS_STREAM, revision, detail: `checkpoint: ${flaw}` });
        if (checkpoint !== undefined && flaw === undefined) found.push(checkpoint);
      }
  });
  return found;
};

const flawOf = (
  checkpoint: SignedCheckpoint,
  before: SignedCheckpoint | undefined,
  keys: TrustedKeys,
): string | undefined => {
  const { number, previous } = checkpoint;
  if (before === undefined)
    return number === 1 && previous === NO_CHECKPOINT_HASH
      ? keys.flawOf(checkpoint)
      : 'it is not the first one';
  if (number !== before.number + 1) return `number ${number} does not follow`;
  if (previous !== checkpointHash(sha256, before)) return 'it does not refer to the one before';
  const goesOn = checkpoint.from === before.upTo && checkpoint.logId === before.logId;
  return goesOn ? keys.flawOf(checkpoint) : 'it does not go on where the one before ended';
};

/** The heads a checkpoint signed; undefined, and a finding, where the list is not the one it signed. */
export const readHeads = async (
  source: AuditSource,
  checkpoint: SignedCheckpoint,
  report: (finding: Finding) => void,
): Promise<readonly CoveredHead[] | undefined> => {
  const stream = headsStream(checkpoint.heads);
  const heads: CoveredHead[] = [];
  let part = 0;
  await untilDamage(report, async () => {
    for await (const events of source.stream(stream))
      for (const { data } of events) {
        const parsed = headsPart.safeParse(data);
        if (parsed.data?.part !== part) continue;
        heads.push(...parsed.data.heads);
        part += 1;
      }
  });
  if (heads.length === checkpoint.streams && hex(headsTree(sha256, heads).root) === checkpoint.root)
    return heads;
  const detail = `these are not the heads that checkpoint ${checkpoint.number} signed`;
  report({ stream, revision: 0, detail });
  return undefined;
};

/** What the source itself cannot read is a finding too. */
const untilDamage = async (report: (finding: Finding) => void, read: () => Promise<void>): Promise<void> => {
  try {
    await read();
  } catch (error) {
    if (!(error instanceof SourceDamaged)) throw error;
    report({ stream: error.stream, revision: error.revision, detail: error.message });
  }
};

/** Published checkpoints that the log does not have, or has otherwise; with those that it must be judged by. */
export const withPublished = (
  inLog: readonly SignedCheckpoint[],
  published: readonly SignedCheckpoint[],
  report: (finding: Finding) => void,
): readonly SignedCheckpoint[] => {
  // One that is not sound is not among them: what follows it has its own number all the same.
  const byNumber = new Map(inLog.map((checkpoint) => [checkpoint.number, checkpoint]));
  const missing = published.filter((checkpoint) => {
    const same = byNumber.get(checkpoint.number);
    if (same !== undefined && canonical(same) === canonical(checkpoint)) return false;
    const what = same === undefined ? 'is not in the log, or not sound there' : 'is another one in the log';
    const detail = `checkpoint ${checkpoint.number} was published and ${what}`;
    report({ stream: WITNESS_STREAM, revision: checkpoint.number - 1, detail });
    return same === undefined;
  });
  return [...inLog, ...missing].sort((one, other) => one.number - other.number);
};
