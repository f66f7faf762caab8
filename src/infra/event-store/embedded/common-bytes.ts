import type { AppendMetadata } from '../../../domain/event.ts';
import { idOf } from '../../../domain/stream-name.ts';
import { HASH_BYTES } from '../hash.ts';
import type { StoredMetadata } from '../port.ts';
import type { Cursor } from './bytes.ts';
import { byteIn, hexIn, skip, skipText, textIn, uint48In, uuidIn } from './bytes.ts';
import { timeTexts } from './common.ts';
import { actorKindAt, ID_FORMS } from './metadata-bytes.ts';
import { UUID_BYTES } from './uuid-bytes.ts';

/** What the first byte of an append's metadata says: how each part is stored. */
export type Forms = {
  readonly command: number;
  readonly causation: number;
  readonly correlation: number;
  readonly bodyHash: number;
  readonly hasOwner: boolean;
  /** The ids are UUIDs, or the stream's; there is nothing else whose length may differ. */
  readonly isFixed: boolean;
};

/** The parts that `writeCommon` has stored, one after the other. Each throws RangeError for bytes it does not write. */
export const formsIn = (from: Cursor): Forms => {
  const byte = byteIn(from);
  return (FORMS[byte] ??= formsOf(byte));
};

/** By the byte: those of the same byte are the same. */
const FORMS: Forms[] = [];

const formsOf = (byte: number): Forms => {
  const [command, causation, correlation] = [byte & 1, (byte >> 1) & 3, (byte >> 3) & 3];
  const bodyHash = (byte >> 5) & 3;
  const hasOwner = (byte & 0x80) !== 0;
  const isFixed =
    command === ID_FORMS.raw &&
    (causation === ID_FORMS.raw || causation === ID_FORMS.command) &&
    correlation !== ID_FORMS.text &&
    bodyHash === 0 &&
    !hasOwner;
  return { command, causation, correlation, bodyHash, hasOwner, isFixed };
};

export const skipId = (from: Cursor, form: number): void => {
  if (form === ID_FORMS.raw) skip(from, UUID_BYTES);
  if (form === ID_FORMS.text) skipText(from);
};

export const skipIds = (from: Cursor, { command, causation, correlation }: Forms): void => {
  skipId(from, command);
  skipId(from, causation);
  skipId(from, correlation);
};

export const bodyHashIn = (from: Cursor, { bodyHash }: Forms): string | undefined => {
  if (bodyHash === 0) return undefined;
  return bodyHash === 1 ? hexIn(from, HASH_BYTES) : textIn(from);
};

/** Over all of it, without making anything of it. */
export const skipCommon = (from: Cursor): void => {
  const forms = formsIn(from);
  skipIds(from, forms);
  uint48In(from);
  byteIn(from);
  skipText(from);
  skipText(from);
  if (forms.bodyHash === 1) skip(from, HASH_BYTES);
  if (forms.bodyHash > 1) skipText(from);
  if (forms.hasOwner) skipText(from);
};

/** When the append was recorded, without making anything of the rest. */
export const recordedAtIn = (from: Cursor): number => {
  skipIds(from, formsIn(from));
  return uint48In(from);
};

/** The whole metadata of an event of a version whose append's is there. Keys come in canonical order. */
export const metadataReader = (): ((
  from: Cursor,
  stream: string,
  schemaVersion: string,
) => StoredMetadata) => {
  const actorIn = perActor((actor) => actor);
  const timeText = timeTexts();
  return (from, stream, schemaVersion) => {
    const forms = formsIn(from);
    const commandId = readId(from, forms.command, '', '');
    const causationId = readId(from, forms.causation, commandId, '');
    const correlationId = readId(from, forms.correlation, commandId, idOf(stream));
    const recordedAt = timeText(uint48In(from));
    const actor = actorIn(from);
    const plain = { actor, causationId, commandId, correlationId, recordedAt, schemaVersion };
    // Most have neither; to spread what is not there costs as much as the rest.
    if (forms.bodyHash === 0 && !forms.hasOwner) return plain;
    const bodyHash = bodyHashIn(from, forms);
    return withMore(plain, bodyHash, forms.hasOwner ? textIn(from) : undefined);
  };
};

const withMore = (
  { actor, recordedAt, schemaVersion, ...ids }: StoredMetadata,
  bodyHash: string | undefined,
  owner: string | undefined,
): StoredMetadata => ({
  actor,
  ...(bodyHash === undefined ? {} : { bodyHash }),
  ...ids,
  ...(owner === undefined ? {} : { owner }),
  recordedAt,
  schemaVersion,
});

const readId = (from: Cursor, form: number, commandId: string, inStream: string): string => {
  if (form === ID_FORMS.raw) return uuidIn(from);
  if (form === ID_FORMS.text) return textIn(from);
  return form === ID_FORMS.command ? commandId : inStream;
};

type Actor = AppendMetadata['actor'];

/** Something made of an actor, once for bytes that are those of the last one: most appends follow one of the same. */
export const perActor = <Value>(make: (actor: Actor) => Value): ((from: Cursor) => Value) => {
  let known = Buffer.alloc(0);
  let value: Value | undefined;
  return (from) => {
    if (value !== undefined && isAt(from, known)) {
      skip(from, known.length);
      return value;
    }
    const start = from.at;
    const kind = actorKindAt(byteIn(from));
    value = make({ id: textIn(from), kind, source: textIn(from) });
    known = Buffer.from(from.bytes.subarray(start, from.at));
    return value;
  };
};

const isAt = ({ bytes, at, end }: Cursor, known: Uint8Array): boolean => {
  if (at + known.length > end) return false;
  for (let index = 0; index < known.length; index += 1) if (bytes[at + index] !== known[index]) return false;
  return true;
};
