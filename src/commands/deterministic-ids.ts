import { createHash } from 'node:crypto';
import { v5 } from 'uuid';
import type { StepAction } from '../domain/names.ts';
import type { InRecord } from '../infra/message-bus/port.ts';

// Fixed for ever: ids already in logs were derived under these names.
const EVENT = '6f1d7c3e-27a5-5d0b-8f43-0a9f2f1f6a01';
const EFFECT = '6f1d7c3e-27a5-5d0b-8f43-0a9f2f1f6a02';
const COMMAND = '6f1d7c3e-27a5-5d0b-8f43-0a9f2f1f6a03';
const FLOW = '6f1d7c3e-27a5-5d0b-8f43-0a9f2f1f6a04';
const LETTER = '6f1d7c3e-27a5-5d0b-8f43-0a9f2f1f6a0d';
const INBOUND = '6f1d7c3e-27a5-5d0b-8f43-0a9f2f1f6a05';

/** Length-prefixed parts: no separator that could occur inside one (reliability R-02). */
const joined = (parts: readonly string[]): Buffer =>
  Buffer.concat(
    parts.flatMap((part) => {
      const bytes = Buffer.from(part);
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      return [length, bytes];
    }),
  );

const idOf = (namespace: string, ...parts: readonly string[]): string => v5(joined(parts), namespace);

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
  const hash = createHash('sha256')
    .update(value ?? '')
    .digest('hex');
  return idOf(
    INBOUND,
    'record',
    busId,
    topic,
    String(partition),
    offset,
    String(timestamp),
    hash,
    String(edition),
  );
};

/** A header byte for byte, so that two that are no text do not become the same. */
const textOf = ({ headers }: InRecord, name: string): string => {
  const value = headers.findLast(([given]) => given.toLowerCase() === name)?.[1];
  return value === undefined ? '' : Buffer.from(value).toString('latin1');
};
