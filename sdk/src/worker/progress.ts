import type { Json } from '../generated/shapes.ts';

const MOST_CHARACTERS = 4096;
/** Skald reads 32 levels, those around the progress included. */
const MOST_LEVELS = 24;

/**
 * A copy, as Skald takes it: what it cannot read it refuses together with every heartbeat that is sent with it.
 * @throws RangeError for what is too long, nested too deep or too large a whole number, TypeError for what is no JSON
 * and for names of members that Skald refuses.
 */
export const progressOf = (value: Json): Json => {
  const text: unknown = JSON.stringify(value);
  if (typeof text !== 'string') throw new TypeError('progress must be JSON');
  if (text.length > MOST_CHARACTERS)
    throw new RangeError(`progress must be at most ${MOST_CHARACTERS} characters of JSON`);
  const copy: unknown = JSON.parse(wholeCharacters(text));
  check(copy, 0);
  // It has just been made of JSON.
  return copy as Json;
};

/** Of JSON: half a character is always an escape there. Escaped backslashes are taken along, so that none is split. */
const wholeCharacters = (json: string): string =>
  json.replaceAll(/\\(?:\\|u0000|ud[89a-f][0-9a-f]{2})/g, (escape) => {
    if (escape === '\\\\') return escape;
    return escape === '\\u0000' ? '' : '\ufffd';
  });

const check = (value: unknown, levels: number): void => {
  if (Number.isInteger(value) && !Number.isSafeInteger(value))
    throw new RangeError(`progress cannot hold the number ${String(value)} exactly: say it as text`);
  if (typeof value !== 'object' || value === null) return;
  if (levels === MOST_LEVELS)
    throw new RangeError(`progress must be nested at most ${MOST_LEVELS} levels deep`);
  for (const [name, inner] of Object.entries(value)) {
    if (isPolluting(name, inner)) throw new TypeError(`progress cannot have a member ${name} like this`);
    check(inner, levels + 1);
  }
};

const isPolluting = (name: string, inner: unknown): boolean =>
  name === '__proto__' ||
  (name === 'constructor' &&
    typeof inner === 'object' &&
    inner !== null &&
    Object.hasOwn(inner, 'prototype'));
