import type { Actor } from '../../domain/event.ts';
import { letterStream } from '../../domain/dead-letter/aggregate.ts';
import type { DeadLetterCommand } from '../../domain/dead-letter/commands.ts';
import type { Letter } from '../../domain/dead-letter/state.ts';
import type { Keys } from '../../infra/keys/port.ts';
import { commandIdOf } from '../deterministic-ids.ts';
import { runMetadata } from '../saga/run-metadata.ts';
import { causeOf, fingerprintOf } from './cause.ts';
import { openRecord } from './letter-content.ts';
import type { OpenLetter, Redrive } from './letter-index.ts';
import type { Letters } from './letters.ts';
import type { HandleRecord, RecordOutcome } from './record-outcome.ts';

export type RedriveOneDeps = {
  readonly letters: Letters;
  readonly keys: Pick<Keys, 'open'>;
  readonly handle: HandleRecord;
};

/**
 * `recorded`: what came of it is in the log. `again`: not now. `refused`: nothing can be done before something else
 * happens to the letter.
 */
export type RedriveEnd = 'recorded' | 'again' | 'refused';

const redriver: Actor = { kind: 'system', id: 'redriver', source: 'reactor' };

/**
 * Takes a selected letter's record in once more, and records what came of it. Done again after a crash, it leads to
 * the same end: the record's command id and that of the outcome are the same each time.
 */
export const redriveOne =
  (deps: RedriveOneDeps) =>
  async ({ id, redrive }: OpenLetter): Promise<RedriveEnd> => {
    if (redrive === null) return 'refused';
    const redriveId = redrive.id;
    const started = await say(deps, id, { type: 'StartRedrive', redriveId }, ['start', redriveId]);
    if (typeof started === 'string') return started;
    if (started.status !== 'redriving' || started.redriveId !== redriveId) return 'refused';
    const outcome = await take(deps, id, started);
    if (outcome.kind === 'again') return 'again';
    const ended = await say(deps, id, endOf(outcome, started, redriveId), ['end', redriveId]);
    return typeof ended === 'string' ? ended : 'recorded';
  };

/** Lets a letter go on that only waited for those before it. */
export const releaseOne =
  (deps: RedriveOneDeps) =>
  async ({ id }: OpenLetter, redrive: Redrive | undefined): Promise<RedriveEnd> => {
    const { id: redriveId, perSecond } = redrive ?? { id: commandIdOf('release', id), perSecond: PER_SECOND };
    const selection = { redriveId, perSecond, reason: 'what it was queued behind is closed' };
    const command = { type: 'SelectLetter', selection, revision: null } as const;
    const selected = await say(deps, id, command, ['release']);
    return typeof selected === 'string' ? selected : 'recorded';
  };

const PER_SECOND = 50;

const say = async (
  { letters }: RedriveOneDeps,
  letterId: string,
  command: DeadLetterCommand,
  what: readonly string[],
): Promise<Letter | Exclude<RedriveEnd, 'recorded'>> => {
  const stream = letterStream(letterId);
  const folded = await letters.load(stream);
  const id = commandIdOf('redriver', letterId, ...what);
  const metadata = runMetadata(folded, { id, actor: redriver, causedBy: folded.headEventId ?? id });
  const outcome = await letters.execute(stream, command, metadata);
  if (outcome.kind === 'unavailable') return 'again';
  if (outcome.kind === 'rejected' || outcome.state.kind === 'absent') return 'refused';
  return outcome.state;
};

const take = async (
  { keys, handle }: RedriveOneDeps,
  letterId: string,
  letter: Letter,
): Promise<RecordOutcome> => {
  const record = await openRecord(keys, letterId, letter);
  return record === 'erased' ? ERASED : handle(record, letter.edition);
};

const ERASED = {
  kind: 'poison',
  code: 'content_erased',
  detail: 'the content of this letter was erased',
} as const;

const endOf = (
  outcome: Exclude<RecordOutcome, { kind: 'again' }>,
  { edition, source }: Letter,
  redriveId: string,
): DeadLetterCommand => {
  const on = { redriveId, edition };
  switch (outcome.kind) {
    case 'done':
      return {
        type: 'ResolveLetter',
        resolution: {
          ...{ ...on, outcome: 'done', why: null, at: outcome.position },
          instanceId: outcome.instanceId ?? null,
        },
      };
    case 'noted':
      return {
        type: 'ResolveLetter',
        resolution: { ...on, outcome: 'noted', why: outcome.reason, at: null, instanceId: null },
      };
    case 'poison': {
      const cause = causeOf(outcome);
      const fingerprint = fingerprintOf(source.topic, cause);
      return { type: 'ParkLetterAgain', refusal: { ...on, cause, fingerprint } };
    }
  }
};
