import { hash } from 'node:crypto';
import type { StepAction } from '../domain/names.ts';
import type { InRecord } from '../infra/message-bus/port.ts';

const PREFIX_BYTES = 4;
// The most bytes of UTF-8 for one UTF-16 unit.
const MOST_PER_UNIT = 3;
const SCRATCH_BYTES = 1024;

/**
 * UUIDv5 (RFC 9562) of length-prefixed parts: no separator that could occur inside one (reliability R-02). One call
 * to the hash over bytes that lie where the last ones lay: every command and every event needs ids.
 */
const idsUnder = (namespaceUuid: string): ((...parts: readonly string[]) => string) => {
  const namespace = Buffer.from(namespaceUuid.replaceAll('-', ''), 'hex');
  const scratch = Buffer.concat([namespace], SCRATCH_BYTES);
  return (...parts) => {
    let most = namespace.length;
    for (const part of parts) most += PREFIX_BYTES + MOST_PER_UNIT * part.length;
    const bytes = most <= SCRATCH_BYTES ? scratch : Buffer.concat([namespace], most);
    let at = namespace.length;
    for (const part of parts) {
      const length = bytes.write(part, at + PREFIX_BYTES);
      at = bytes.writeUInt32BE(length, at) + length;
    }
    return uuidOf(hash('sha1', bytes.subarray(0, at)));
  };
};

// For each digit the one with the variant in its two high bits.
const VARIANTS = '89ab89ab89ab89ab';

/** Version 5, and the variant. */
const uuidOf = (digest: string): string => {
  const variant = VARIANTS.charAt(Number.parseInt(digest.charAt(16), 16));
  return `${digest.slice(0, 8)}-${digest.slice(8, 12)}-5${digest.slice(13, 16)}-${variant}${digest.slice(17, 20)}-${digest.slice(20, 32)}`;
};

// Fixed for ever: ids already in logs were derived under these names.
const idOfEvent = idsUnder('6f1d7c3e-27a5-5d0b-8f43-0a9f2f1f6a01');
const idOfEffect = idsUnder('6f1d7c3e-27a5-5d0b-8f43-0a9f2f1f6a02');
const idOfCommand = idsUnder('6f1d7c3e-27a5-5d0b-8f43-0a9f2f1f6a03');
const idOfFlow = idsUnder('6f1d7c3e-27a5-5d0b-8f43-0a9f2f1f6a04');
const idOfLetter = idsUnder('6f1d7c3e-27a5-5d0b-8f43-0a9f2f1f6a0d');
const idOfInbound = idsUnder('6f1d7c3e-27a5-5d0b-8f43-0a9f2f1f6a05');

/** The id of the `index`-th event a command writes to a stream. */
export const eventIdOf = (stream: string, commandId: string, index: number): string =>
  idOfEvent(stream, commandId, String(index));

/** A command's id from what makes it the same command: actor, route and key, or reactor, cause and action. */
export const commandIdOf = (...parts: readonly string[]): string => idOfCommand(...parts);

/** The run a keyed start makes: the same key by the same actor on the same orchestration is the same run. */
export const flowIdOf = (actorId: string, orchName: string, key: string): string =>
  idOfFlow(actorId, orchName, key);

/** The dead letter of a record, by the record's own command id: a redelivery finds the letter of the first time. */
export const letterIdOf = (recordCommandId: string): string => idOfLetter(recordCommandId);

/**
 * The idempotency key a worker passes on to the outside world. No attempt number: every retry of the same
 * effect carries the same id. Only an operator's retry after a definite failure raises `iteration`.
 */
export const effectIdOf = (flowId: string, step: string, iteration: number, action: StepAction): string =>
  idOfEffect(flowId, step, String(iteration), action);

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
