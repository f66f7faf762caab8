import type { Actor } from '../../domain/event.ts';
import { letterStream } from '../../domain/dead-letter/aggregate.ts';
import { isClosed } from '../../domain/dead-letter/state.ts';
import { instanceStream } from '../../domain/instance/aggregate.ts';
import { intakeStream } from '../../domain/intake/aggregate.ts';
import type { IntakeState } from '../../domain/intake/decide.ts';
import type { RetentionRun } from '../../domain/retention/state.ts';
import type { Clock } from '../../infra/clock/port.ts';
import type { EventStore, Position } from '../../infra/event-store/port.ts';
import type { Keys } from '../../infra/keys/port.ts';
import type { Letters } from '../dead-letter/letters.ts';
import { commandIdOf, letterIdOf } from '../deterministic-ids.ts';
import type { Folded } from '../folded.ts';
import { erasableOf } from './erasable.ts';
import type { Erasable } from './erasable.ts';
import { receiptOf } from './erasure-receipt.ts';
import { inChunks } from './in-chunks.ts';
import type { Instances, Intakes } from './instance-deps.ts';
import type { RetentionReads } from './retention-port.ts';
import { NotDone } from './retention-run.ts';
import type { RetentionCounts } from './retention-run.ts';

export type EraseRefusalsDeps = {
  readonly reads: Pick<RetentionReads, 'refusedBefore'>;
  readonly intakes: Pick<Intakes, 'load' | 'execute'>;
  readonly instances: Pick<Instances, 'load'>;
  readonly letters: Pick<Letters, 'load'>;
  readonly store: Pick<EventStore, 'readStream'>;
  readonly keys: Pick<Keys, 'destroy' | 'open'>;
  readonly clock: Pick<Clock, 'now'>;
  /** Up to where those who pass events on have read; undefined where nobody does. */
  readonly passedOn: () => Promise<Position | undefined>;
  /** How long the documented topics may hold what went out on them, in milliseconds; -1 for ever. */
  readonly plaintextMs: number;
  /** One could not be erased; the others go on, and the next run looks at it again. */
  readonly onNotErased: (intakeId: string, error: unknown) => void;
};

type Refused = {
  readonly intakeId: string;
  readonly folded: Folded<IntakeState>;
  /** That of its record, where nothing else has a claim to it. */
  readonly letterIds: readonly string[];
};
/** Their dead letters are read whole, every edition of up to 256 KiB. */
const AT_ONCE = 25;

type Batch = { readonly run: RetentionRun; readonly counts: RetentionCounts };
type Verdict = Refused | 'kept' | 'openLetter' | 'unread';

const retention: Actor = { kind: 'system', id: 'retention', source: 'sweeper' };

/**
 * Erases what is left of deliveries that were refused before the run's cutoff: their keys and those of their dead letters
 * are destroyed, then each gets its receipt. What is open or not passed on yet stays for the next run. Killed at any
 * point, it is done again to the same end. Ends early, with false, when the signal aborts.
 * @throws what the read models, the log and the keys throw.
 */
export const eraseRefusals = (deps: EraseRefusalsDeps, batch: Batch, signal: AbortSignal): Promise<boolean> =>
  inChunks(
    deps.reads.refusedBefore(batch.run.cutoff, signal),
    signal,
    (ids) => eraseSome(deps, batch, ids),
    AT_ONCE,
  );

const eraseSome = async (
  deps: EraseRefusalsDeps,
  batch: Batch,
  intakeIds: readonly string[],
): Promise<void> => {
  const passedOn = await deps.passedOn();
  const going: (Refused & { readonly parts: Erasable })[] = [];
  await Promise.all(
    intakeIds.map((intakeId) =>
      counted(deps, batch.counts, intakeId, async () => {
        const verdict = await judged(deps, batch.run, intakeId, passedOn);
        if (verdict === 'openLetter' || verdict === 'unread') batch.counts.kept[verdict] += 1;
        if (typeof verdict === 'string') return;
        going.push({ ...verdict, parts: await erasableOf(deps, intakeStream(intakeId), verdict.letterIds) });
      }),
    ),
  );
  await deps.keys.destroy(going.flatMap(({ parts }) => parts.keyIds));
  await deps.keys.destroy(going.flatMap(({ parts }) => parts.letterKeyIds));
  await Promise.all(
    going.map((one) => counted(deps, batch.counts, one.intakeId, () => recordReceipt(deps, batch, one))),
  );
};

const counted = async (
  { onNotErased }: EraseRefusalsDeps,
  counts: RetentionCounts,
  intakeId: string,
  work: () => Promise<void>,
): Promise<void> => {
  try {
    await work();
  } catch (error) {
    counts.failed += 1;
    onNotErased(intakeId, error);
  }
};

/** The read model names it, its streams have the word. */
const judged = async (
  deps: EraseRefusalsDeps,
  { cutoff }: RetentionRun,
  intakeId: string,
  passedOn: Position | undefined,
): Promise<Verdict> => {
  const folded = await deps.intakes.load(intakeStream(intakeId));
  if (!isExpired(folded, cutoff)) return 'kept';
  if (passedOn !== undefined && folded.position > passedOn) return 'unread';
  const letterIds = await lettersOf(deps, letterIdOf(intakeId));
  return letterIds === 'open' ? 'openLetter' : { intakeId, folded, letterIds };
};

const isExpired = ({ state, origin }: Folded<IntakeState>, cutoff: string): boolean =>
  state.refusal !== null && !state.isErased && origin !== null && origin.recordedAt < cutoff;

const lettersOf = async (deps: EraseRefusalsDeps, letterId: string): Promise<readonly string[] | 'open'> => {
  const { state: letter } = await deps.letters.load(letterStream(letterId));
  if (letter.kind === 'absent') return [];
  if (!isClosed(letter)) return 'open';
  const isOthers = letter.instanceId !== null && (await isThere(deps, letter.instanceId));
  return isOthers ? [] : [letterId];
};

/** A letter that became an instance, or was about one, goes with that. */
const isThere = async ({ instances }: EraseRefusalsDeps, instanceId: string): Promise<boolean> =>
  (await instances.load(instanceStream(instanceId))).state.kind !== 'absent';

const recordReceipt = async (
  { intakes, clock, plaintextMs }: EraseRefusalsDeps,
  { run, counts }: Batch,
  { intakeId, folded, parts }: Refused & { readonly parts: Erasable },
): Promise<void> => {
  const commandId = commandIdOf('retention', 'refusal', intakeId);
  const { headEventId, origin } = folded;
  const receipt = { ...receiptOf(parts, { from: clock.now(), plaintextMs }), runId: run.runId };
  const outcome = await intakes.execute(
    intakeStream(intakeId),
    { type: 'EraseIntake', receipt },
    {
      ...{ commandId, causationId: headEventId ?? commandId, actor: retention },
      correlationId: origin?.correlationId ?? commandId,
    },
  );
  if (outcome.kind !== 'accepted') throw new NotDone(outcome);
  if (!outcome.replayed && outcome.events.length > 0) counts.refusals += 1;
};
