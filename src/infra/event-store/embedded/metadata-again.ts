import type { Forms } from './common-bytes.ts';
import type { Cursor } from './bytes.ts';
import { ID_FORMS } from './metadata-bytes.ts';
import { UUID_BYTES } from './uuid-bytes.ts';
import { UUID_TEXT_BYTES, writeUuidText } from './uuid-text.ts';

/** What tells how long each part of an append's metadata is as text. */
export type Layout = {
  readonly forms: Forms;
  /** As text, all of them. */
  readonly actor: Uint8Array;
  readonly inStream: Uint8Array;
  readonly time: Uint8Array;
};

/** A text that the next one may be written over, and where its time and the first of its ids begin. */
export type Made = Omit<Layout, 'time'> & { readonly text: Buffer; readonly ids: number; time: Uint8Array };

/** Names of ids, each before its own. */
export const ID_NAMES = {
  causation: Buffer.from(',"causationId":'),
  command: Buffer.from(',"commandId":'),
  correlation: Buffer.from(',"correlationId":'),
} as const;

const QUOTE_BYTES = 1;
const QUOTED_UUID_BYTES = UUID_TEXT_BYTES + 2 * QUOTE_BYTES;

/** True where nothing but ids and time can differ: most appends follow one of the same kind. */
export const isAlike = (made: Made, { forms, actor, inStream, time }: Layout): boolean =>
  made.forms === forms &&
  forms.isFixed &&
  made.actor === actor &&
  made.inStream.length === inStream.length &&
  made.time.length === time.length;

/**
 * Writes ids and time of an append over those of one that is alike, whose names and places stay: a fraction of what it
 * takes to put the text together. `from` is at its ids.
 */
export const writeOver = (made: Made, from: Cursor, next: Layout): void => {
  const { text, ids } = made;
  const { bytes, at: command } = from;
  const { causation, correlation } = next.forms;
  const behindCommand = command + UUID_BYTES;
  const causationAt = causation === ID_FORMS.raw ? behindCommand : command;
  const behindCausation = causation === ID_FORMS.raw ? behindCommand + UUID_BYTES : behindCommand;
  let at = ids + ID_NAMES.causation.length;
  writeUuidText(text, at + QUOTE_BYTES, bytes, causationAt);
  at += QUOTED_UUID_BYTES + ID_NAMES.command.length;
  writeUuidText(text, at + QUOTE_BYTES, bytes, command);
  at += QUOTED_UUID_BYTES + ID_NAMES.correlation.length;
  if (correlation === ID_FORMS.stream) text.set(next.inStream, at);
  else writeUuidText(text, at + QUOTE_BYTES, bytes, correlation === ID_FORMS.raw ? behindCausation : command);
  if (made.time !== next.time) text.set(next.time, text.length - next.time.length);
};
