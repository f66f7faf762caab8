import type { AppendMetadata } from '../../../domain/event.ts';
import { idOf } from '../../../domain/stream-name.ts';
import { perLastActor } from './last-actor.ts';
import type { Packer } from './packer.ts';
import { packer } from './packer.ts';
import { isUuid } from './uuid-bytes.ts';

export type Common = { readonly metadata: AppendMetadata; readonly recordedAtMs: number };

// Stored for ever: entries are only added, at the end.
const KINDS = ['anonymous', 'user', 'service', 'system'] as const;
/** How an id is stored: as its 16 bytes, as text, or not at all because it equals something already there. */
const RAW = 0;
const TEXT = 1;
const COMMAND = 2;
const STREAM = 3;
export const ID_FORMS = { raw: RAW, text: TEXT, command: COMMAND, stream: STREAM } as const;

const HEX_HASH = /^[0-9a-f]{64}$/;
const HASH_BYTES = 32;

/**
 * The metadata of an append: one byte of forms (command 1 bit, causation 2, correlation 2, body hash 2, owner 1),
 * the ids, the time (48 bits of milliseconds), the actor, then body hash and owner where present.
 */
export const commonWriter = () => {
  const actorBytes = perLastActor(bytesOfActor);
  return (out: Packer, stream: string, { metadata, recordedAtMs }: Common): void => {
    const { commandId, causationId, correlationId, actor, owner, bodyHash } = metadata;
    const command = isUuid(commandId) ? RAW : TEXT;
    const causation = formOf(causationId, commandId, undefined);
    const correlation = formOf(correlationId, commandId, idOf(stream));
    const hash = hashForm(bodyHash);
    out.byte(
      command | (causation << 1) | (correlation << 3) | (hash << 5) | (owner === undefined ? 0 : 0x80),
    );
    writeId(out, command, commandId);
    writeId(out, causation, causationId);
    writeId(out, correlation, correlationId);
    out.uint48(recordedAtMs);
    out.bytes(actorBytes(actor));
    if (hash === 1) out.hex(bodyHash ?? '', HASH_BYTES);
    if (hash === 2) out.text(bodyHash ?? '');
    if (owner !== undefined) out.text(owner);
  };
};

const bytesOfActor = ({ id, kind, source }: AppendMetadata['actor']): Uint8Array => {
  const out = packer(new ArrayBuffer(ACTOR_BYTES));
  out.byte(actorKindNumber(kind));
  out.text(id);
  out.text(source);
  return out.written();
};

// Most; it grows for those with more.
const ACTOR_BYTES = 64;

type ActorKind = (typeof KINDS)[number];

/** -1 for what is no kind. */
export const actorKindNumber = (kind: ActorKind): number => KINDS.indexOf(kind);

/** @throws RangeError */
export const actorKindAt = (number: number): ActorKind => {
  const kind = KINDS[number];
  if (kind === undefined) throw new RangeError(`unknown kind of actor ${String(number)}`);
  return kind;
};

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
