import { idOf } from '../../../domain/stream-name.ts';
import type { Cursor } from './bytes.ts';
import { textIn, uint48In } from './bytes.ts';
import { bodyHashIn, formsIn, perActor, skipId, skipIds } from './common-bytes.ts';
import type { Forms } from './common-bytes.ts';
import { timeTexts } from './common.ts';
import { ID_NAMES, isAlike, writeOver } from './metadata-again.ts';
import type { Layout, Made } from './metadata-again.ts';
import { ID_FORMS } from './metadata-bytes.ts';
import type { TextBuffer } from './text-buffer.ts';
import { textBuffer } from './text-buffer.ts';

/** What is hashed of an event's metadata, where its append has what its events share; good until the next one is made. */
export type MetadataPart = (from: Cursor, idOfStream: Uint8Array, schemaVersion: string) => Buffer;

/** The part of a stream's name that an append's correlation id may be, as JSON. */
export const idOfStream = (stream: string): Uint8Array => Buffer.from(JSON.stringify(idOf(stream)));

const LENGTH_BYTES = 4;
const NO_LENGTH = Buffer.alloc(LENGTH_BYTES);

/**
 * The canonical JSON of the whole metadata behind its length, written from the bytes as they are stored: values in
 * between would be most of what a check costs.
 */
export const metadataParts = (): MetadataPart => {
  const out = textBuffer();
  const timePart = timeParts();
  const actorIn = perActor(({ id, kind, source }) =>
    Buffer.from(`{"actor":${JSON.stringify({ id, kind, source })}`),
  );
  let last: Made | undefined;
  return (from, inStream, schemaVersion) => {
    const forms = formsIn(from);
    const ids = from.at;
    skipIds(from, forms);
    const time = timePart(uint48In(from), schemaVersion);
    const next: Layout = { forms, actor: actorIn(from), inStream, time };
    if (last !== undefined && isAlike(last, next)) {
      from.at = ids;
      writeOver(last, from, next);
      last.time = time;
      return last.text;
    }
    last = undefined;
    const text = written(out, from, ids, next);
    last = { ...next, text, ids: LENGTH_BYTES + next.actor.length };
    return text;
  };
};

/** All of it, of an append whose cursor is behind the actor. */
const written = (
  out: TextBuffer,
  from: Cursor,
  ids: number,
  { forms, actor, inStream, time }: Layout,
): Buffer => {
  out.begin(NO_LENGTH);
  out.bytes(actor);
  const bodyHash = bodyHashIn(from, forms);
  if (bodyHash !== undefined) out.text(`,"bodyHash":${JSON.stringify(bodyHash)}`);
  const owner = forms.hasOwner ? textIn(from) : undefined;
  from.at = ids;
  writeIds(out, from, forms, inStream);
  if (owner !== undefined) out.text(`,"owner":${JSON.stringify(owner)}`);
  out.bytes(time);
  const text = out.written();
  text.writeUInt32BE(text.length - LENGTH_BYTES);
  return text;
};

/** What is behind all that an append's events share; made once for times that are the last one again. */
const timeParts = (): ((ms: number, schemaVersion: string) => Uint8Array) => {
  const timeText = timeTexts();
  let last = { ms: -1, schemaVersion: '', part: NO_LENGTH };
  return (ms, schemaVersion) => {
    if (last.ms === ms && last.schemaVersion === schemaVersion) return last.part;
    const text = `,"recordedAt":"${timeText(ms)}","schemaVersion":${JSON.stringify(schemaVersion)}}`;
    last = { ms, schemaVersion, part: Buffer.from(text) };
    return last.part;
  };
};

/** They are stored in another order: command, causation, correlation. */
const writeIds = (out: TextBuffer, from: Cursor, forms: Forms, inStream: Uint8Array): void => {
  const { command, causation, correlation } = forms;
  const start = from.at;
  const writeCommand = (): void => {
    const { at } = from;
    from.at = start;
    writeId(out, from, command);
    from.at = at;
  };
  skipId(from, command);
  out.bytes(ID_NAMES.causation);
  if (causation === ID_FORMS.command) writeCommand();
  else writeId(out, from, causation);
  out.bytes(ID_NAMES.command);
  writeCommand();
  out.bytes(ID_NAMES.correlation);
  if (correlation === ID_FORMS.command) writeCommand();
  else if (correlation === ID_FORMS.stream) out.bytes(inStream);
  else writeId(out, from, correlation);
};

const writeId = (out: TextBuffer, from: Cursor, form: number): void => {
  if (form === ID_FORMS.raw) out.uuid(from);
  else out.text(JSON.stringify(form === ID_FORMS.text ? textIn(from) : ''));
};
