import { hash } from 'node:crypto';
import type { StepAction } from '../domain/names.ts';
import type { InRecord } from '../infra/message-bus/port.ts';

const namespace = (uuid: string): Uint8Array => Buffer.from(uuid.replaceAll('-', ''), 'hex');

// Fixed for ever: ids already in logs were derived under these names.
const EVENT = namespace('6f1d7c3e-27a5-5d0b-8f43-0a9f2f1f6a01');
const EFFECT = namespace('6f1d7c3e-27a5-5d0b-8f43-0a9f2f1f6a02');
const COMMAND = namespace('6f1d7c3e-27a5-5d0b-8f43-0a9f2f1f6a03');
const FLOW = namespace('6f1d7c3e-27a5-5d0b-8f43-0a9f2f1f6a04');
const LETTER = namespace('6f1d7c3e-27a5-5d0b-8f43-0a9f2f1f6a0d');
const INBOUND = namespace('6f1d7c3e-27a5-5d0b-8f43-0a9f2f1f6a05');

const PREFIX_BYTES = 4;

/**
 * UUIDv5 (RFC 9562) of length-prefixed parts: no separator that could occur inside one (reliability R-02). One call
 * to the hash: every command and every event needs ids.
 */
const idOf = (namespace: Uint8Array, ...parts: readonly string[]): string => {
  const sizes = parts.map((part) => Buffer.byteLength(part));
  const bytes = Buffer.allocUnsafe(sizes.reduce((sum, size) => sum + PREFIX_BYTES + size, namespace.length));
  bytes.set(namespace);
  let at = namespace.length;
  parts.forEach((part, index) => {
    at = bytes.writeUInt32BE(sizes[index] ?? 0, at);
    at += bytes.write(part, at);
  });
  return uuidOf(hash('sha1', bytes));
};

/** Version 5, and the variant in the two high bits of its digit. */
const uuidOf = (digest: string): string => {
  const variant = ((Number.parseInt(digest.charAt(16), 16) & 0b11) | 0b1000).toString(16);
  const first = `${digest.slice(0, 8)}-${digest.slice(8, 12)}-5${digest.slice(13, 16)}`;
  return `${first}-${variant}${digest.slice(17, 20)}-${digest.slice(20, 32)}`;
};

/** The id of the `index`-th event a command writes to a stream. */
export const eventIdOf = (stream: string, commandId: string, index: number): string =>
  idOf(EVENT, stream, commandId, String(index));

/** A command's id from what makes it the same command: actor, route and key, or reactor, cause and action. */
export const commandIdOf = (...parts: readonly string[]): string => idOf(COMMAND, ...parts);

/** The run a keyed start makes: the same key by the same actor on the same orchestration is the same run. */
export const flowIdOf = (actorId: string, orchName: string, key: string): string =>
  idOf(FLOW, actorId, orchName, key);

/** The dead letter of a record, by the record's own command id: a redelivery finds the letter of the first time. */
export const letterIdOf = (recordCommandId: string): string => idOf(LETTER, recordCommandId);

/**
 * The idempotency key a worker passes on to the outside world. No attempt number: every retry of the same
 * effect carries the same id. Only an operator's retry after a definite failure raises `iteration`.
 */
export const effectIdOf = (flowId: string, step: string, iteration: number, action: StepAction): string =>
  idOf(EFFECT, flowId, step, String(iteration), action);

/**
 * The command that a record from a bus stands for: by its CloudEvents source and id where it has both, by its
 * place on the bus and its content otherwise. An edit of a dead letter is another command.
 * @param edition 0 for the record as it came, n for its n-th edit.
 */
export const recordCommandIdOf = (busId: string, record: InRecord, edition: number): string => {
  const source = textOf(record, 'ce_source');
  const id = textOf(record, 'ce_id');
  if (source !== '' && id !== '') return idOf(INBOUND, 'event', source, id, String(edition));
  const { topic, partition, offset, timestamp, value } = record;
  const place = [busId, topic, String(partition), offset, String(timestamp)];
  return idOf(INBOUND, 'record', ...place, hash('sha256', value ?? ''), String(edition));
};

/** A header byte for byte, so that two that are no text do not become the same. */
const textOf = ({ headers }: InRecord, name: string): string => {
  const value = headers.findLast(([given]) => given.toLowerCase() === name)?.[1];
  return value === undefined ? '' : Buffer.from(value).toString('latin1');
};
