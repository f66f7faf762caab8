import { queuedBehind } from '../../../commands/dead-letter/cause.ts';
import type { Poison } from '../../../commands/dead-letter/cause.ts';
import type { HandleRecord, RecordOutcome } from '../../../commands/dead-letter/record-outcome.ts';
import type { OpenSequences } from '../../../commands/dead-letter/open-sequences.ts';
import type { ParkInput } from '../../../commands/dead-letter/park-letter.ts';
import { recordCommandIdOf } from '../../../commands/deterministic-ids.ts';
import type { NoteRecord } from '../../../commands/message/note-record.ts';
import type { Result } from '../../../commands/result.ts';
import type { InRecord } from '../../message-bus/port.ts';
import type { Looked } from './check-record.ts';

export type TakeDeps = {
  readonly busId: string;
  readonly handle: HandleRecord;
  /** What would become of a record, without any effect. */
  readonly look: (record: InRecord) => Promise<Looked>;
  readonly park: (input: ParkInput) => Promise<Result<unknown, string>>;
  readonly sequences: Pick<OpenSequences, 'isBlocked'>;
  readonly note: NoteRecord;
};

/** How many records came to which end. */
export type ConsumerCounts = {
  done: number;
  duplicate: number;
  late: number;
  unknown_run: number;
  unknown_step: number;
  replayed: number;
  own_message: number;
  empty: number;
  parked: number;
  again: number;
};

export const noCounts = (): ConsumerCounts => ({
  ...{ done: 0, duplicate: 0, late: 0, unknown_run: 0, unknown_step: 0, replayed: 0 },
  ...{ own_message: 0, empty: 0, parked: 0, again: 0 },
});

/** It could not be taken now: the bus keeps its place and brings it again. */
export class RecordNotTaken extends Error {
  override readonly name = 'RecordNotTaken';
  constructor({ topic, partition, offset }: InRecord, why: string) {
    super(`${topic}/${partition}@${offset}: ${why}`);
  }
}

/**
 * Takes one record to its end: an event, a note, or a dead letter, in the log before it resolves (I-31).
 * @throws RecordNotTaken while the log or the keys do not answer.
 */
export const takeRecord = (deps: TakeDeps, counts: ConsumerCounts) => {
  const park = async (record: InRecord, cause: Poison, behind: string | null): Promise<void> => {
    const commandId = recordCommandIdOf(deps.busId, record, 0);
    const parked = await deps.park({ record, commandId, poison: cause, behind });
    if (parked.kind !== 'done') throw notTaken(counts, record, `${parked.code}: ${parked.detail}`);
    counts.parked += 1;
  };
  return async (record: InRecord): Promise<void> => {
    const behind = await deps.sequences.isBlocked(record.topic, record.key);
    if (behind !== undefined) {
      // A task of ours that is read back has nothing to wait for.
      const { outcome: looked, named } = await deps.look(record);
      // Whom it speaks of is told even so: an erasure has to find it, and whoever looks for a run's letters.
      if (looked.kind !== 'noted') return park(record, { ...queuedBehind(behind), ...named }, behind);
      counts[looked.reason] += 1;
      return;
    }
    const outcome = await deps.handle(record, 0);
    if (outcome.kind === 'poison') return park(record, outcome, null);
    if (outcome.kind === 'again') throw notTaken(counts, record, outcome.detail);
    if (outcome.kind === 'noted') await noted(deps, counts, record, outcome);
    counts[outcome.kind === 'noted' ? outcome.reason : 'done'] += 1;
  };
};

const notTaken = (counts: ConsumerCounts, record: InRecord, why: string): RecordNotTaken => {
  counts.again += 1;
  return new RecordNotTaken(record, why);
};

/** Our own tasks read back, and records without content, are as many as there are tasks: they are only counted. */
const noted = async (
  { note }: TakeDeps,
  counts: ConsumerCounts,
  record: InRecord,
  { reason }: Extract<RecordOutcome, { kind: 'noted' }>,
): Promise<void> => {
  if (reason === 'own_message' || reason === 'empty') return;
  const result = await note(record, reason);
  if (result.kind !== 'done') throw notTaken(counts, record, `${result.code}: ${result.detail}`);
};
