import type { SignedCheckpoint } from '../../../domain/checkpoint.ts';
import type { Call } from '../call.ts';
import { readCheckpoints, readHeads, withPublished } from './checkpoints.ts';
import { coverageOf } from './coverage.ts';
import type { Coverage } from './coverage.ts';
import type { Finding } from './heads.ts';
import { CliError } from '../errors.ts';
import { CLI_EXIT } from '../exit-codes.ts';
import { publishedCheckpoints } from './published.ts';
import type { WitnessReport } from './report.ts';
import type { AuditSource } from './source.ts';
import { trustedKeys } from './trusted-keys.ts';

/** What is checked: one stream, one category, or everything. */
export type Scope =
  | { readonly kind: 'stream'; readonly name: string }
  | { readonly kind: 'category'; readonly name: string }
  | { readonly kind: 'everything' };

export const scopeOf = (stream: string | undefined, category: string | undefined): Scope => {
  if (stream !== undefined) return { kind: 'stream', name: stream };
  return category === undefined ? { kind: 'everything' } : { kind: 'category', name: category };
};

export const scopeText = (scope: Scope): string => {
  if (scope.kind === 'everything') return 'everything';
  return scope.kind === 'stream' ? scope.name : `category ${scope.name}`;
};

/** A name that was mistyped must not pass for a proof. */
export const noneOf = (category: string): CliError =>
  new CliError(CLI_EXIT.notFound, `No stream of this category: ${category}`);

export type Witness = {
  readonly coverage: Coverage;
  /** What is wrong with the checkpoints themselves. */
  readonly findings: readonly Finding[];
  readonly report: () => WitnessReport;
};

/** Reads the signed checkpoints of a log, and what they cover of the scope. */
export const witnessOf = async (
  call: Pick<Call, 'text'>,
  source: AuditSource,
  scope: Scope,
): Promise<Witness> => {
  const keys = trustedKeys(call.text('publicKey'));
  const published = publishedCheckpoints(call.text('checkpoints'), keys);
  const findings: Finding[] = [];
  const report = (finding: Finding): void => void findings.push(finding);
  const inLog = await readCheckpoints(source, keys, report);
  const coverage = coverageOf(scope.kind === 'everything' ? undefined : (stream) => isIn(scope, stream));
  if (findings.length > 0) coverage.addUnknown();
  const checkpoints = withPublished(inLog, published, report);
  idFlaws(source, checkpoints).forEach(report);
  for (const checkpoint of checkpoints) {
    const heads = await readHeads(source, checkpoint, report);
    if (heads === undefined) coverage.addUnknown();
    else coverage.add(checkpoint, heads);
  }
  return {
    ...{ coverage, findings },
    report: () => witnessReport(checkpoints, checkpoints.length === 0 ? null : keys.source, coverage),
  };
};

/** One is enough: each goes on behind the one before. */
const idFlaws = ({ logId }: AuditSource, checkpoints: readonly SignedCheckpoint[]): readonly Finding[] => {
  const other = checkpoints.find((checkpoint) => checkpoint.logId !== logId);
  if (logId === undefined || other === undefined) return [];
  const detail = `the log says it is ${logId}, and checkpoint ${other.number} was signed for ${other.logId}`;
  return [{ stream: 'meta', revision: -1, detail }];
};

const isIn = ({ kind, name }: Exclude<Scope, { kind: 'everything' }>, stream: string): boolean =>
  kind === 'stream' ? stream === name : stream.startsWith(`${name}-`);

const witnessReport = (
  checkpoints: readonly SignedCheckpoint[],
  keySource: WitnessReport['keySource'],
  coverage: Coverage,
): WitnessReport => ({
  checkpoints: checkpoints.length,
  lastSignedAt: checkpoints.at(-1)?.signedAt ?? null,
  keys: [...new Set(checkpoints.map(({ keyFingerprint }) => keyFingerprint))],
  keySource,
  ...coverage.counts(),
});
