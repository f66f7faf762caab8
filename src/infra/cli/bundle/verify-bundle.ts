import { hex, leafOf } from '../../../domain/checkpoint.ts';
import type { SignedCheckpoint } from '../../../domain/checkpoint.ts';
import { rootFrom } from '../../../domain/merkle.ts';
import { sha256 } from '../audit/checkpoints.ts';
import { followHeads } from '../audit/heads.ts';
import type { Chain, Finding, Heads } from '../audit/heads.ts';
import type { TrustedKeys } from '../audit/trusted-keys.ts';
import { bundleFrame } from './bundle-frame.ts';
import type { BundleFrame } from './bundle-frame.ts';
import { claimOf } from './claim.ts';
import type { Claim } from './claim.ts';
import { pinnedIn } from './lines.ts';
import type { LineOf } from './lines.ts';
import { readBundle } from './read-bundle.ts';

export type BundleReport = {
  readonly what: string;
  readonly logId: string | null;
  readonly events: number;
  readonly streams: number;
  readonly definitions: number;
  /** Events that lead to a signed checkpoint, and those after the last one. */
  readonly proven: number;
  readonly notYetCovered: number;
  readonly keys: readonly string[];
  readonly keySource: TrustedKeys['source'] | null;
  readonly isIntact: boolean;
  readonly damaged: number;
  readonly findings: readonly Finding[];
};

const SHOWN = 100;

/**
 * Checks a bundle by itself: nothing else is asked. It is read twice, for what it says of itself and for its events, so
 * that it takes memory for its streams only. @throws CliError where the file cannot be read.
 */
export const verifyBundle = async (path: string, chain: Chain, keys: TrustedKeys): Promise<BundleReport> => {
  const findings: Finding[] = [];
  let damaged = 0;
  const report = (finding: Finding): void => {
    damaged += 1;
    if (findings.length < SHOWN) findings.push(finding);
  };
  const frame = await bundleFrame(path, report);
  const checkpoints = trustworthy(frame, keys, report);
  const proofs = soundProofs(frame, checkpoints, report);
  const claim = soundClaim(frame, report);
  const counts = await checkEvents(path, { chain, frame, proofs, claim, report });
  const { what = '', logId = null } = frame.header ?? {};
  return {
    ...{ what, logId, ...counts, streams: frame.streams.size, definitions: frame.definitions.size },
    keys: [...new Set([...checkpoints.values()].map(({ keyFingerprint }) => keyFingerprint))],
    keySource: checkpoints.size === 0 ? null : keys.source,
    ...{ isIntact: damaged === 0, damaged, findings },
  };
};

type Report = (finding: Finding) => void;

const soundClaim = ({ header, streams }: BundleFrame, report: Report): Claim | undefined => {
  const claim = claimOf(header?.what ?? '');
  if (claim === undefined)
    report({ stream: 'line 1', revision: -1, detail: 'it does not say what the bundle holds' });
  for (const range of streams.values()) {
    const detail = claim?.flawOfStream(range);
    if (detail !== undefined) report({ stream: range.stream, revision: range.first, detail });
  }
  return claim;
};

const trustworthy = (
  { checkpoints, header }: BundleFrame,
  keys: TrustedKeys,
  report: Report,
): ReadonlyMap<number, SignedCheckpoint> => {
  const sound = [...checkpoints].filter(([number, checkpoint]) => {
    const isForeign = checkpoint.logId !== header?.logId;
    const flaw = isForeign ? 'it is of another log' : keys.flawOf(checkpoint);
    if (flaw !== undefined) report({ stream: `checkpoint ${number}`, revision: -1, detail: flaw });
    return flaw === undefined;
  });
  return new Map(sound);
};

const soundProofs = (
  frame: BundleFrame,
  checkpoints: ReadonlyMap<number, SignedCheckpoint>,
  report: Report,
): ReadonlyMap<string, LineOf<'proof'>> => {
  const sound = [...frame.proofs].filter(([stream, proof]) => {
    const checkpoint = checkpoints.get(proof.checkpoint);
    const isSigned = checkpoint !== undefined && rootOf(proof, checkpoint.streams) === checkpoint.root;
    const isSound = isSigned && isHere(proof, frame);
    const what = isSigned ? 'is of an event that is not here' : 'does not lead there';
    const detail = `its proof by checkpoint ${proof.checkpoint} ${what}`;
    if (!isSound) report({ stream, revision: proof.revision, detail });
    return isSound;
  });
  return new Map(sound);
};

/** The events before the one that was signed are proven by the chain that leads to it, and by nothing else. */
const isHere = ({ stream, revision }: LineOf<'proof'>, { streams }: BundleFrame): boolean => {
  const range = streams.get(stream);
  return range !== undefined && range.first <= revision && revision <= range.last;
};

const rootOf = ({ stream, revision, hash, index, path }: LineOf<'proof'>, size: number) => {
  const leaf = leafOf(sha256, [stream, revision, hash]);
  const root = rootFrom(sha256, leaf, { index, size, path: path.map((node) => Buffer.from(node, 'hex')) });
  return root === undefined ? undefined : hex(root);
};

type Checking = {
  readonly chain: Chain;
  readonly frame: BundleFrame;
  readonly proofs: ReadonlyMap<string, LineOf<'proof'>>;
  readonly claim: Claim | undefined;
  readonly report: Report;
};

const checkEvents = async (path: string, checking: Checking) => {
  const { chain, frame, proofs, report } = checking;
  const heads = followHeads(chain, (stream) => {
    const range = frame.streams.get(stream);
    return range === undefined ? undefined : { revision: range.first - 1, hash: range.prev };
  });
  const counts = { events: 0, proven: 0, notYetCovered: 0 };
  const strange = strangeIn(frame);
  for await (const { line } of readBundle(path)) {
    if (line?.kind !== 'event') continue;
    counts.events += 1;
    strange.seen(line);
    counts[isProven(proofs.get(line.stream), line) ? 'proven' : 'notYetCovered'] += 1;
    for (const detail of flawsOf(line, checking))
      report({ stream: line.stream, revision: line.revision, detail });
    const flaw = heads.check(line);
    if (flaw !== undefined) report(flaw);
  }
  shortened(frame, heads).forEach(report);
  strange.flaws().forEach(report);
  return counts;
};

/** Definitions that nothing leads to: anybody could have put them there. */
const strangeIn = ({ definitions }: BundleFrame) => {
  const left = new Set(definitions);
  return {
    seen: ({ type, data }: LineOf<'event'>): void => void left.delete(pinnedIn(type, data)?.hash ?? ''),
    flaws: (): readonly Finding[] =>
      [...left].map((sha256) => {
        const detail = `no event here is pinned to the definition ${sha256}`;
        return { stream: 'the bundle', revision: -1, detail };
      }),
  };
};

const shortened = ({ streams }: BundleFrame, heads: Heads): readonly Finding[] =>
  [...streams].flatMap(([stream, { last }]) => {
    const { revision } = heads.of(stream);
    const detail = `it ends there, and not at revision ${last}`;
    return revision === last ? [] : [{ stream, revision: revision + 1, detail }];
  });

const isProven = (proof: LineOf<'proof'> | undefined, { revision }: LineOf<'event'>): boolean =>
  proof !== undefined && revision <= proof.revision;

/** What is wrong with an event besides its chain. */
const flawsOf = (event: LineOf<'event'>, { frame, proofs, claim }: Checking): readonly string[] => {
  const range = frame.streams.get(event.stream);
  const proof = proofs.get(event.stream);
  const isOther = proof?.revision === event.revision && proof.hash !== event.hash;
  const pin = pinnedIn(event.type, event.data);
  return [
    range === undefined ? 'its stream is not among those of the bundle' : claim?.flawOfEvent(event, range),
    isOther ? `it is not the event that checkpoint ${proof.checkpoint} signed` : undefined,
    pin === undefined || frame.definitions.has(pin.hash)
      ? undefined
      : `the definition ${pin.hash} is not here`,
  ].filter((flaw) => flaw !== undefined);
};
