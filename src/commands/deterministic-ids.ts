import { hash } from 'node:crypto';
import type { StepAction } from '../domain/names.ts';
import type { InRecord } from '../infra/message-bus/port.ts';

const PREFIX_BYTES = 4;
// The most bytes of UTF-8 for one UTF-16 unit.
const MOST_PER_UNIT = 3;
const SCRATCH_BYTES = 1024;

/**
 * UUIDv5 (RFC 9562) of length-prefixed parts: no separator that could occur inside one. One call
 * to the hash over bytes that lie where the last ones lay: every command and every event needs ids.
 */
const idsUnder = (namespaceUuid: string): ((...parts: readonly string[]) => string) => {
  const namespace = Buffer.from(namespaceUuid.replaceAll('-', ''), 'hex');
  const scratch = Buffer.concat([namespace], SCRATCH_BYTES);
  // Of each length one, made when it is first needed: most ids are of parts of a few lengths.
  const views: (Buffer | undefined)[] = Array.from({ length: SCRATCH_BYTES + 1 });
  return (...parts) => {
    let most = namespace.length;
    for (const part of parts) most += PREFIX_BYTES + MOST_PER_UNIT * part.length;
    const bytes = most <= SCRATCH_BYTES ? scratch : Buffer.concat([namespace], most);
    let at = namespace.length;
    for (const part of parts) {
      const length = bytes.write(part, at + PREFIX_BYTES);
      at = bytes.writeUInt32BE(length, at) + length;
    }
    const whole = bytes === scratch ? (views[at] ??= scratch.subarray(0, at)) : bytes.subarray(0, at);
    return uuidOf(hash('sha1', whole));
  };
};

// Where in the text each of the first 32 digits goes.
const PLACES = [
  ...[0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 14, 15, 16, 17],
  ...[19, 20, 21, 22, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35],
] as const;
const VERSION_AT = 14;
const VARIANT_AT = 19;
const FIVE = '5'.codePointAt(0) ?? 0;
// For each digit the one with the variant in its two high bits.
const VARIANTS = '89ab89ab89ab89ab';
const uuid = Buffer.from('00000000-0000-0000-0000-000000000000');

/** Version 5, and the variant. In one piece: put together from parts, it would be copied by whoever reads it first. */
const uuidOf = (digest: string): string => {
  for (let at = 0; at < PLACES.length; at += 1) uuid[PLACES[at] ?? 0] = digest.charCodeAt(at);
  uuid[VERSION_AT] = FIVE;
  uuid[VARIANT_AT] = VARIANTS.charCodeAt(Number.parseInt(digest.charAt(16), 16));
  return uuid.toString('latin1');
};

// Fixed for ever: ids already in logs were derived under these names.
const idOfEvent = idsUnder('6f1d7c3e-27a5-5d0b-8f43-0a9f2f1f6a01');
const idOfEffect = idsUnder('6f1d7c3e-27a5-5d0b-8f43-0a9f2f1f6a02');
const idOfFlow = idsUnder('6f1d7c3e-27a5-5d0b-8f43-0a9f2f1f6a04');
const idOfLetter = idsUnder('6f1d7c3e-27a5-5d0b-8f43-0a9f2f1f6a0d');
const idOfInbound = idsUnder('6f1d7c3e-27a5-5d0b-8f43-0a9f2f1f6a05');

/** The id of the `index`-th event a command writes to a stream. */
export const eventIdOf = (stream: string, commandId: string, index: number): string =>
  idOfEvent(stream, commandId, String(index));

/** A command's id from what makes it the same command: actor, route and key, or reactor, cause and action. */
export const commandIdOf = idsUnder('6f1d7c3e-27a5-5d0b-8f43-0a9f2f1f6a03');

/** The run a keyed start makes: the same key by the same actor on the same orchestration is the same run. */
export const flowIdOf = (actorId: string, orchName: string, key: string): string =>
  idOfFlow(actorId, orchName, key);

/** The dead letter of a record, by the record's own command id: a redelivery finds the letter of the first time. */
export const letterIdOf = (recordCommandId: string): string => idOfLetter(recordCommandId);

/**
 * The idempotency key a worker passes on to the outside world. No attempt number: every retry of the same
 * effect carries the same id. Only an operator's retry after a definite failure raises `iteration`.
 */
export const effectIdOf = (flowId: string, step: string, iteration: number, action: StepAction): string => {
  const at = slotOf(flowId, step);
  const known = effects[at];
  if (
    known?.flowId === flowId &&
    known.step === step &&
    known.iteration === iteration &&
    known.action === action
  )
    return known.id;
  const id = idOfEffect(flowId, step, String(iteration), action);
  effects[at] = { flowId, step, iteration, action, id };
  return id;
};

type Effect = {
  readonly flowId: string;
  readonly step: string;
  readonly iteration: number;
  readonly action: StepAction;
  readonly id: string;
};

// The reactor asks for an id when it offers a task, and whoever takes the answer asks again: more slots than tasks that
// are under way at once.
const SLOTS = 4096;
const effects: (Effect | undefined)[] = Array.from({ length: SLOTS }, () => undefined);

const slotOf = (flowId: string, step: string): number => {
  let slot = step.charCodeAt(step.length - 1);
  for (let at = flowId.length - 4; at < flowId.length; at += 1) slot = slot * 31 + flowId.charCodeAt(at);
  // Not a number where one of them is too short: one slot serves them all.
  return (slot % SLOTS) | 0;
};

/**
 * The command that a record from a bus stands for: by its CloudEvents source and id where it has both, by its
 * place on the bus and its content otherwise. An edit of a dead letter is another command.
 * @param edition 0 for the record as it came, n for its n-th edit.
 */
export const recordCommandIdOf = (busId: string, record: InRecord, edition: number): string => {
  const source = textOf(record, 'ce_source');
  const id = textOf(record, 'ce_id');
  if (source !== '' && id !== '') return idOfInbound('event', source, id, String(edition));
  const { topic, partition, offset, timestamp, value } = record;
  const place = [busId, topic, String(partition), offset, String(timestamp)];
  return idOfInbound('record', ...place, hash('sha256', value ?? ''), String(edition));
};

/** A header byte for byte, so that two that are no text do not become the same. */
const textOf = ({ headers }: InRecord, name: string): string => {
  const value = headers.findLast(([given]) => given.toLowerCase() === name)?.[1];
  return value === undefined ? '' : Buffer.from(value).toString('latin1');
};
