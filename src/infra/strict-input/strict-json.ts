import { JsonFlawFound } from './json-flaw.ts';
import type { JsonFlaw } from './json-flaw.ts';
import { scanJson } from './json-scanner.ts';
import type { JsonLimits } from './json-tokens.ts';
import { plainJson } from './plain-json.ts';

export type ParsedJson =
  { readonly kind: 'ok'; readonly value: unknown } | { readonly kind: 'flawed'; readonly flaw: JsonFlaw };

const LIMITS: JsonLimits = { depth: 32, keys: 10_000, items: 100_000, numbers: 'exact' };
const OPAQUE: JsonLimits = { ...LIMITS, numbers: 'any' };
const BYTE_ORDER_MARK = '\uFEFF';
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * JSON as RFC 8259 has it and nothing beside: no duplicate keys, no byte order mark, no half surrogates, no
 * U+0000, no number that a double would change, at most 32 levels and 10,000 keys. `-0` becomes 0.
 */
export const parseStrictJson = (bytes: Uint8Array): ParsedJson => {
  const source = decoded(bytes);
  const plain = plainJson(source);
  if (plain !== undefined) return { kind: 'ok', value: plain };
  const text = checkedText(source, LIMITS);
  if (text.kind === 'flawed') return text;
  // A reviver is called for every value there is: only where one may be a negative number.
  return { kind: 'ok', value: JSON.parse(text.value, text.hasNegative ? withoutNegativeZero : undefined) };
};

/** The same checks, but for numbers: those are up to the reviver. */
export const parseStrictJsonWith = (
  bytes: Uint8Array,
  revive: (key: string, value: unknown) => unknown,
): ParsedJson => {
  const text = checkedText(decoded(bytes), OPAQUE);
  return text.kind === 'flawed' ? text : { kind: 'ok', value: JSON.parse(text.value, revive) };
};

/** The same checks for a body that is passed on as it came: its numbers are nobody's business here. */
export const checkOpaqueJson = (bytes: Uint8Array): JsonFlaw | undefined => {
  const source = decoded(bytes);
  if (plainJson(source) !== undefined) return undefined;
  const text = checkedText(source, OPAQUE);
  return text.kind === 'flawed' ? text.flaw : undefined;
};

type CheckedText =
  | { readonly kind: 'ok'; readonly value: string; readonly hasNegative: boolean }
  | Extract<ParsedJson, { kind: 'flawed' }>;

const checkedText = (text: string | undefined, limits: JsonLimits): CheckedText => {
  if (text === undefined) return flawedAtStart('invalid_utf8', 'the body is not UTF-8');
  if (text.startsWith(BYTE_ORDER_MARK))
    return flawedAtStart('byte_order_mark', 'a byte order mark is not JSON');
  try {
    return { kind: 'ok', value: text, hasNegative: scanJson(text, limits) };
  } catch (error) {
    if (error instanceof JsonFlawFound) return { kind: 'flawed', flaw: error.flaw };
    throw error;
  }
};

const flawedAtStart = (code: JsonFlaw['code'], detail: string): CheckedText => ({
  kind: 'flawed',
  flaw: { code, detail, pointer: '', offset: 0 },
});

/** The text of UTF-8 bytes, its byte order mark kept; undefined for anything that is not UTF-8. */
export const decoded = (bytes: Uint8Array): string | undefined => {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
};

const withoutNegativeZero = (_key: string, value: unknown): unknown => (value === 0 ? 0 : value);
