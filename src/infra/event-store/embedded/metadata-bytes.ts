import type { AppendMetadata } from '../../../domain/event.ts';
import type { Cursor } from './bytes.ts';
import { byteIn, hexIn, textIn, uint48In, uuidIn } from './bytes.ts';
import type { Packer } from './packer.ts';
import { isUuid } from './uuid-bytes.ts';

export type Common = { readonly metadata: AppendMetadata; readonly recordedAtMs: number };

// Stored for ever: entries are only added, at the end.
const KINDS = ['anonymous', 'user', 'service', 'system'] as const;
/** How an id is stored: as its 16 bytes, as text, or not at all because it equals something already there. */
const RAW = 0;
const TEXT = 1;
const COMMAND = 2;
const STREAM = 3;

export const TIME_BYTES = 6;
const HEX_HASH = /^[0-9a-f]{64}$/;
const HASH_BYTES = 32;

/**
 * The metadata of an append: one byte of forms (command 1 bit, causation 2, correlation 2, body hash 2, owner 1),
 * the ids, the time (48 bits of milliseconds), the actor, then body hash and owner where present. Answers where the
 * time goes: it is left open.
 */
export const writeCommon = (out: Packer, stream: string, metadata: AppendMetadata): number => {
  const { commandId, causationId, correlationId, actor, owner, bodyHash } = metadata;
  const command = isUuid(commandId) ? RAW : TEXT;
  const causation = formOf(causationId, commandId, undefined);
  const correlation = formOf(correlationId, commandId, idPart(stream));
  const hash = hashForm(bodyHash);
  out.byte(command | (causation << 1) | (correlation << 3) | (hash << 5) | (owner === undefined ? 0 : 0x80));
  writeId(out, command, commandId);
  writeId(out, causation, causationId);
  writeId(out, correlation, correlationId);
  const time = out.at();
  out.skip(TIME_BYTES);
  out.byte(KINDS.indexOf(actor.kind));
  out.text(actor.id);
  out.text(actor.source);
  if (hash === 1) out.hex(bodyHash ?? '', HASH_BYTES);
  if (hash === 2) out.text(bodyHash ?? '');
  if (owner !== undefined) out.text(owner);
  return time;
};

/** Keys come in canonical order. @throws RangeError for bytes that `writeCommon` does not write. */
export const readCommon = (from: Cursor, stream: string): Common => {
  const forms = byteIn(from);
  const commandId = readId(from, forms & 1, '', '');
  const causationId = readId(from, (forms >> 1) & 3, commandId, '');
  const correlationId = readId(from, (forms >> 3) & 3, commandId, idPart(stream));
  const recordedAtMs = uint48In(from);
  const kind = kindAt(byteIn(from));
  const actor = { id: textIn(from), kind, source: textIn(from) };
  const bodyHash = readBodyHash(from, (forms >> 5) & 3);
  const owner = (forms & 0x80) === 0 ? undefined : textIn(from);
  const metadata = {
    actor,
    ...(bodyHash === undefined ? {} : { bodyHash }),
    causationId,
    commandId,
    correlationId,
    ...(owner === undefined ? {} : { owner }),
  };
  return { metadata, recordedAtMs };
};

export const isActorKind = (kind: string): boolean => KINDS.some((known) => known === kind);

const idPart = (stream: string): string => stream.slice(stream.indexOf('-') + 1);

const formOf = (id: string, commandId: string, inStream: string | undefined): number => {
  if (id === commandId) return COMMAND;
  if (id === inStream) return STREAM;
  return isUuid(id) ? RAW : TEXT;
};

const hashForm = (hash: string | undefined): number => {
  if (hash === undefined) return 0;
  return HEX_HASH.test(hash) ? 1 : 2;
};

const writeId = (out: Packer, form: number, id: string): void => {
  if (form === RAW) out.uuid(id);
  if (form === TEXT) out.text(id);
};

const readId = (from: Cursor, form: number, commandId: string, inStream: string): string => {
  if (form === RAW) return uuidIn(from);
  if (form === TEXT) return textIn(from);
  return form === COMMAND ? commandId : inStream;
};

const readBodyHash = (from: Cursor, form: number): string | undefined => {
  if (form === 0) return undefined;
  return form === 1 ? hexIn(from, HASH_BYTES) : textIn(from);
};

const kindAt = (index: number): (typeof KINDS)[number] => {
  const kind = KINDS[index];
  if (kind === undefined) throw new RangeError(`unknown kind of actor ${String(index)}`);
  return kind;
};
