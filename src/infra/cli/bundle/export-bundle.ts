import { z } from 'zod';
import { headsTree, hex } from '../../../domain/checkpoint.ts';
import type { SignedCheckpoint } from '../../../domain/checkpoint.ts';
import type { Call } from '../call.ts';
import { readCheckpoints, readHeads, sha256 } from '../audit/checkpoints.ts';
import type { AuditedEvent, Finding } from '../audit/heads.ts';
import { checkSight, itemsOf, serverSource } from '../audit/server-source.ts';
import type { ServerSource } from '../audit/server-source.ts';
import { noneOf, scopeText } from '../audit/witness.ts';
import type { Scope } from '../audit/witness.ts';
import { trustedKeys } from '../audit/trusted-keys.ts';
import { CliError } from '../errors.ts';
import { CLI_EXIT } from '../exit-codes.ts';
import type { Progress } from '../progress.ts';
import { BUNDLE_FORMAT } from './lines.ts';
import { streamsIn } from './streams-in.ts';
import type { StreamsIn } from './streams-in.ts';
import { writeBundle } from './write-bundle.ts';
import type { WriteLine } from './write-bundle.ts';

export type Wanted = {
  readonly scope: Scope;
  /** Bounds of `recordedAt`, both inclusive. */
  readonly from: string | undefined;
  readonly to: string | undefined;
};

export type Exported = { readonly events: number; readonly streams: number; readonly proofs: number };

/**
 * Writes what was asked for into one file that proves itself: events, the definitions that runs are pinned to, for each
 * stream a proof that leads to a signed checkpoint. @throws CliError
 */
export const exportBundle = async (
  call: Pick<Call, 'api' | 'chain' | 'clock'>,
  wanted: Wanted,
  { path, progress }: { readonly path: string; readonly progress: Progress },
): Promise<Exported> => {
  await checkSight(call.api, wanted.scope);
  const source = serverSource(call.api);
  const checkpoints = await soundCheckpoints(source);
  const streams = streamsIn(call.chain.zero);
  let proofs = 0;
  await writeBundle(path, async (write) => {
    await write({
      ...{ kind: 'header', format: BUNDLE_FORMAT, logId: checkpoints.at(-1)?.logId ?? null },
      ...{ madeAt: new Date(call.clock.now()).toISOString(), what: whatText(wanted) },
    });
    await writeEvents(write, { source, wanted, streams, progress });
    for (const stream of streams.ranges()) await write({ kind: 'stream', ...stream });
    await writeDefinitions(write, source, streams);
    proofs = await writeProofs(write, { source, checkpoints, streams });
    return { kind: 'trailer', ...streams.counts() };
  });
  return { ...streams.counts(), proofs };
};

const soundCheckpoints = async (source: ServerSource): Promise<readonly SignedCheckpoint[]> => {
  const findings: Finding[] = [];
  const checkpoints = await readCheckpoints(source, trustedKeys(undefined), (one) => void findings.push(one));
  if (findings.length === 0) return checkpoints;
  throw new CliError(CLI_EXIT.failure, 'the signed checkpoints are not sound: see skald audit verify');
};

const whatText = ({ scope, from, to }: Wanted): string =>
  [scopeText(scope), from === undefined ? '' : ` from ${from}`, to === undefined ? '' : ` to ${to}`].join('');

type Reading = {
  readonly source: ServerSource;
  readonly wanted: Wanted;
  readonly streams: StreamsIn;
  readonly progress: Progress;
};

const writeEvents = async (write: WriteLine, reading: Reading): Promise<void> => {
  const { source, wanted, streams, progress } = reading;
  const { scope } = wanted;
  const judge = judgeOf(wanted, streams);
  let looked = 0;
  for await (const events of itemsOf(source.pages(scope))) {
    for (const event of events) {
      const verdict = judge(event);
      if (verdict === 'over') return;
      if (verdict === 'wanted') await write({ kind: 'event', ...streams.take(event) });
    }
    looked += events.length;
    progress.at(looked);
  }
  if (looked === 0 && scope.kind === 'category') throw noneOf(scope.name);
};

/** Tells which events are in the range. A stream has no gaps in a bundle: it begins and ends once. */
const judgeOf = (wanted: Wanted, streams: StreamsIn) => {
  const ended = new Set<string>();
  return (event: AuditedEvent): 'wanted' | 'left out' | 'over' => {
    const when = whenOf(event, wanted);
    if (when === 'over') return when;
    if (when === 'later') ended.add(event.stream);
    else if (when === 'earlier' && !streams.holds(event.stream)) streams.skip(event);
    else if (!ended.has(event.stream)) return 'wanted';
    return 'left out';
  };
};

/** Times may go back along the log by so much, where another leader's clock was behind. */
const CLOCKS_MS = 60_000;

/** `over`: nothing that is wanted comes behind it. */
const whenOf = ({ metadata }: AuditedEvent, { from, to }: Wanted): 'earlier' | 'then' | 'later' | 'over' => {
  const recordedAt = String(metadata['recordedAt']);
  if (to !== undefined && recordedAt > to)
    return Date.parse(recordedAt) - Date.parse(to) > CLOCKS_MS ? 'over' : 'later';
  return from !== undefined && recordedAt < from ? 'earlier' : 'then';
};

const registered = z.object({ hash: z.string(), definition: z.unknown() });

const writeDefinitions = async (
  write: WriteLine,
  source: ServerSource,
  streams: StreamsIn,
): Promise<void> => {
  for (const [orchName, hashes] of streams.pinned())
    for await (const events of source.stream(`orchestration-${orchName}`)) {
      const wanted = events.flatMap(registrationsIn).filter(({ hash }) => hashes.delete(hash));
      for (const { hash, definition } of wanted)
        await write({ kind: 'definition', sha256: hash, definition });
    }
};

const registrationsIn = ({ type, data }: AuditedEvent) =>
  type === 'DefinitionRegistered' ? [registered.parse(data)] : [];

type Proving = Pick<Reading, 'source' | 'streams'> & { readonly checkpoints: readonly SignedCheckpoint[] };

/** The newest proof for each stream: it covers everything before it. One checkpoint's heads at a time. */
const writeProofs = async (write: WriteLine, { source, checkpoints, streams }: Proving): Promise<number> => {
  const open = new Map(streams.ranges().map((range) => [range.stream, range]));
  let proofs = 0;
  for (const checkpoint of checkpoints.toReversed()) {
    if (open.size === 0) break;
    const heads = (await readHeads(source, checkpoint, refuse)) ?? [];
    const wanted = heads.flatMap(([stream, revision, hash], index) => {
      const range = open.get(stream);
      const isIn = range !== undefined && range.first <= revision && revision <= range.last;
      return isIn ? [{ stream, revision, hash, index }] : [];
    });
    if (wanted.length === 0) continue;
    await write({ kind: 'checkpoint', checkpoint });
    const { proofOf } = headsTree(sha256, heads);
    for (const { index, ...head } of wanted) {
      const path = proofOf(index).map(hex);
      await write({ kind: 'proof', ...head, checkpoint: checkpoint.number, index, path });
      open.delete(head.stream);
      proofs += 1;
    }
  }
  return proofs;
};

const refuse = ({ stream, detail }: Finding): never => {
  throw new CliError(CLI_EXIT.failure, `${stream}: ${detail}: see skald audit verify`);
};
