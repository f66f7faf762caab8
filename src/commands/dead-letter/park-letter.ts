import type { Actor } from '../../domain/event.ts';
import { letterStream } from '../../domain/dead-letter/aggregate.ts';
import type { DeadLetterCommand } from '../../domain/dead-letter/commands.ts';
import { int64 } from '../../domain/int64.ts';
import type { InRecord, MessageBus } from '../../infra/message-bus/port.ts';
import { creatingMetadata } from '../context.ts';
import { letterIdOf } from '../deterministic-ids.ts';
import { resultOf } from '../executed.ts';
import type { Result } from '../result.ts';
import { causeOf, fingerprintOf } from './cause.ts';
import type { Poison } from './cause.ts';
import { sealRecord } from './letter-content.ts';
import type { LetterCode, LetterDeps } from './letters.ts';
import type { OpenSequences } from './open-sequences.ts';

export type ParkDeps = Pick<LetterDeps, 'letters' | 'keys'> & {
  readonly bus: Pick<MessageBus, 'id'>;
  readonly sequences: Pick<OpenSequences, 'sequenceOf' | 'note'>;
};

export type ParkInput = {
  readonly record: InRecord;
  /** The record's command id as it came, edition 0: the same record finds the letter of the first time. */
  readonly commandId: string;
  readonly poison: Poison;
  /** The open letter of the same key that alone keeps the record from being taken, else null. */
  readonly behind: string | null;
};

export type ParkedLetter = { readonly letterId: string };

const consumer: Actor = { kind: 'system', id: 'consumer', source: 'kafka' };
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Keeps a record that cannot be taken in as a dead letter, its content sealed under a key of its own. Once it is
 * done the record's offset may be committed; `unavailable` means that it must come again.
 */
export const parkLetter =
  (deps: ParkDeps) =>
  async (input: ParkInput): Promise<Result<ParkedLetter, LetterCode>> => {
    const letterId = letterIdOf(input.commandId);
    const stream = letterStream(letterId);
    const known = await deps.letters.load(stream);
    if (known.state.kind === 'letter')
      return { kind: 'done', value: { letterId }, position: known.position, replayed: true };
    const letter = await letterOf(deps, letterId, input);
    const outcome = await deps.letters.execute(
      stream,
      { type: 'ParkLetter', letter },
      creatingMetadata(input.commandId, { actor: consumer, correlationId: letterId }),
    );
    if (outcome.kind === 'accepted') deps.sequences.note(letterId, letter.sequence, outcome.position);
    return resultOf(outcome, () => ({ letterId }));
  };

type ParkLetter = Extract<DeadLetterCommand, { type: 'ParkLetter' }>;

const letterOf = async (
  { keys, bus, sequences }: ParkDeps,
  letterId: string,
  { record, poison, behind }: ParkInput,
): Promise<ParkLetter['letter']> => {
  const { topic, partition, offset, timestamp } = record;
  const keyId = await keys.reserve();
  const content = await sealRecord(keys, keyId, letterId, record);
  // What is cut could not be taken even if nothing stood before it.
  const isQueued = behind !== null && content.truncated.length === 0;
  const cause = behind === null || isQueued ? causeOf(poison) : causeOf(TOO_LARGE);
  return {
    source: { bus: bus.id, topic, partition, offset, timestamp },
    sequence: sequences.sequenceOf(topic, record.key),
    behind: isQueued ? behind : null,
    cause,
    fingerprint: fingerprintOf(topic, cause),
    keyId,
    ...content,
    flowId: poison.flowId !== undefined && UUID.test(poison.flowId) ? poison.flowId.toLowerCase() : null,
    instanceId: int64.safeParse(poison.instanceId).data ?? null,
  };
};

const TOO_LARGE = { code: 'too_large', detail: 'the record is longer than a letter keeps' };
