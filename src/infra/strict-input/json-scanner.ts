import { fail, here, scanNumber, scanString, skipWhitespace, take } from './json-tokens.ts';
import type { JsonLimits, Scan } from './json-tokens.ts';

const QUOTE = 34;
const COMMA = 44;
const COLON = 58;
const OPEN_BRACKET = 91;
const CLOSE_BRACKET = 93;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;
const LITERAL = /true|false|null/y;
/** So many keys are looked through faster than a set is made. */
const FEW_KEYS = 8;

/**
 * Checks a JSON text against RFC 8259 and what `JSON.parse` lets through; says whether it holds a negative number.
 * @throws JsonFlawFound
 */
export const scanJson = (text: string, limits: JsonLimits): boolean => {
  const scan: Scan = { text, limits, at: 0, path: [], keys: 0, items: 0, hasNegative: false };
  skipWhitespace(scan);
  if (scan.at === text.length) fail(scan, 'empty', 'there is no JSON value');
  scanValue(scan);
  skipWhitespace(scan);
  if (scan.at < text.length) fail(scan, 'malformed', 'there is text after the JSON value');
  return scan.hasNegative;
};

const scanValue = (scan: Scan): void => {
  const first = here(scan);
  if (first === QUOTE) scanString(scan);
  else if (first === OPEN_BRACE) scanObject(scan);
  else if (first === OPEN_BRACKET) scanArray(scan);
  else if (!take(scan, LITERAL)) scanNumber(scan);
};

const scanObject = (scan: Scan): void => {
  enter(scan);
  if (here(scan) !== CLOSE_BRACE) {
    const keys: Keys = { few: [], many: undefined };
    do scanMember(scan, keys);
    while (goesOn(scan));
  }
  leave(scan, CLOSE_BRACE);
};

/** Of one object, as far as it was read. */
type Keys = { readonly few: string[]; many: Set<string> | undefined };

const scanMember = (scan: Scan, keys: Keys): void => {
  const key = scanKey(scan);
  if (isKnown(keys, key)) fail(scan, 'duplicate_key', `the key "${excerpt(key)}" stands twice in one object`);
  if (isPolluting(scan, key)) fail(scan, 'forbidden_key', `the key "${key}" is not allowed here`);
  keep(keys, key);
  scan.keys += 1;
  if (scan.keys > scan.limits.keys) fail(scan, 'too_many_keys', `more than ${scan.limits.keys} keys`);
  skipWhitespace(scan);
  if (here(scan) !== COLON) fail(scan, 'malformed', 'a colon must follow a key');
  scan.at += 1;
  skipWhitespace(scan);
  scanChild(scan, key);
};

const scanKey = (scan: Scan): string => {
  if (here(scan) !== QUOTE) fail(scan, 'malformed', 'a key must be a string');
  const start = scan.at;
  scanString(scan);
  const token = scan.text.slice(start, scan.at);
  return token.includes('\\') ? String(JSON.parse(token)) : token.slice(1, -1);
};

const isKnown = ({ few, many }: Keys, key: string): boolean =>
  many === undefined ? few.includes(key) : many.has(key);

const keep = (keys: Keys, key: string): void => {
  if (keys.few.length < FEW_KEYS) keys.few.push(key);
  else (keys.many ??= new Set(keys.few)).add(key);
};

const isPolluting = ({ path }: Scan, key: string): boolean =>
  key === '__proto__' || (key === 'prototype' && path.at(-1) === 'constructor');

const scanArray = (scan: Scan): void => {
  enter(scan);
  if (here(scan) !== CLOSE_BRACKET) {
    let index = 0;
    do {
      scan.items += 1;
      if (scan.items > scan.limits.items)
        fail(scan, 'too_many_items', `more than ${scan.limits.items} items`);
      scanChild(scan, index);
      index += 1;
    } while (goesOn(scan));
  }
  leave(scan, CLOSE_BRACKET);
};

const enter = (scan: Scan): void => {
  if (scan.path.length >= scan.limits.depth)
    fail(scan, 'too_deep', `nested deeper than ${scan.limits.depth}`);
  scan.at += 1;
  skipWhitespace(scan);
};

const scanChild = (scan: Scan, step: string | number): void => {
  scan.path.push(step);
  scanValue(scan);
  scan.path.pop();
  skipWhitespace(scan);
};

const goesOn = (scan: Scan): boolean => {
  if (here(scan) !== COMMA) return false;
  scan.at += 1;
  skipWhitespace(scan);
  return true;
};

const leave = (scan: Scan, close: number): void => {
  if (here(scan) !== close) fail(scan, 'malformed', `a comma or ${String.fromCharCode(close)} is missing`);
  scan.at += 1;
};

const excerpt = (key: string): string => (key.length > 80 ? `${key.slice(0, 80)}…` : key);
