import { hash } from 'node:crypto';
import type { SignedCheckpoint } from '../../../domain/checkpoint.ts';
import { canonical } from '../../../domain/canonical.ts';
import { hashed } from '../audit/heads.ts';
import type { Finding } from '../audit/heads.ts';
import type { BundleLine, LineOf } from './lines.ts';
import { readBundle } from './read-bundle.ts';
import type { ReadLine } from './read-bundle.ts';

/** Everything in a bundle but its events. */
export type BundleFrame = {
  header: LineOf<'header'> | undefined;
  trailer: LineOf<'trailer'> | undefined;
  readonly streams: Map<string, LineOf<'stream'>>;
  readonly definitions: Set<string>;
  readonly checkpoints: Map<number, SignedCheckpoint>;
  readonly proofs: Map<string, LineOf<'proof'>>;
};

type Report = (finding: Finding) => void;

/** Reads what a bundle says of itself, and checks that it is whole and as it was written. */
export const bundleFrame = async (path: string, report: Report): Promise<BundleFrame> => {
  const frame: BundleFrame = {
    ...{ header: undefined, trailer: undefined, streams: new Map(), definitions: new Set() },
    ...{ checkpoints: new Map(), proofs: new Map() },
  };
  let events = 0;
  for await (const read of readBundle(path)) {
    const flaw = frame.trailer === undefined ? flawOf(read, frame) : 'nothing may follow the last line';
    if (flaw !== undefined) report(atLine(read.number, flaw));
    if (read.line?.kind === 'event') events += 1;
    else if (read.line !== undefined) take(frame, read.line);
  }
  const flaw = countFlaw(frame, events);
  if (flaw !== undefined) report(atLine(0, flaw));
  return frame;
};

const countFlaw = ({ trailer, streams }: BundleFrame, events: number): string | undefined => {
  if (trailer === undefined) return 'the last line is missing: the bundle is cut';
  const isWhole = trailer.events === events && trailer.streams === streams.size;
  return isWhole ? undefined : `it should hold ${trailer.events} events of ${trailer.streams} streams`;
};

const atLine = (number: number, detail: string): Finding => ({
  ...{ stream: number === 0 ? 'the bundle' : `line ${number}`, revision: -1 },
  detail,
});

const flawOf = ({ number, line, digest }: ReadLine, frame: BundleFrame): string | undefined => {
  if (line === undefined) return 'it is not a line of a bundle';
  if ((line.kind === 'header') !== (number === 1)) return 'the first line, and no other, is the header';
  if (line.kind === 'definition' && definitionHash(line.definition) !== line.sha256)
    return 'the definition is not the one of its hash';
  if (line.kind === 'trailer' && digest() !== line.sha256)
    return 'the bytes before it are not those that were written';
  return isRepeated(line, frame) ? 'it is there twice' : undefined;
};

const isRepeated = (line: BundleLine, { streams, proofs, checkpoints }: BundleFrame): boolean => {
  if (line.kind === 'stream') return streams.has(line.stream);
  if (line.kind === 'proof') return proofs.has(line.stream);
  return line.kind === 'checkpoint' && checkpoints.has(line.checkpoint.number);
};

const take = (frame: BundleFrame, line: Exclude<BundleLine, { kind: 'event' }>): void => {
  switch (line.kind) {
    case 'header':
      frame.header ??= line;
      return;
    case 'trailer':
      frame.trailer ??= line;
      return;
    case 'stream':
      frame.streams.set(line.stream, line);
      return;
    case 'definition':
      frame.definitions.add(line.sha256);
      return;
    case 'checkpoint':
      frame.checkpoints.set(line.checkpoint.number, line.checkpoint);
      return;
    case 'proof':
      frame.proofs.set(line.stream, line);
  }
};

const definitionHash = (definition: unknown): string | undefined =>
  hashed(() => hash('sha256', canonical(definition)));
