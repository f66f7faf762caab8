import { JsonFlawFound } from './json-flaw.ts';
import type { JsonFlaw } from './json-flaw.ts';

export type JsonLimits = {
  readonly depth: number;
  readonly keys: number;
  readonly items: number;
  /** `exact`: integers that a double cannot hold are refused. `any`: only what is not a number at all. */
  readonly numbers: 'exact' | 'any';
};

const SPACE = 32;
const WHITESPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const LITERAL = /true|false|null/y;
/** A string without escapes. */
const PLAIN = /^"[ !#-[\]-~]*"$/;

/** Checks a JSON text against RFC 8259 and what `JSON.parse` lets through. @throws JsonFlawFound */
export const scanJson = (text: string, limits: JsonLimits): void => {
  const scan: Scan = { text, limits, at: 0, path: [], keys: 0, items: 0 };
  skipWhitespace(scan);
  if (scan.at === text.length) fail(scan, 'empty', 'there is no JSON value');
  scanValue(scan);
  skipWhitespace(scan);
  if (scan.at < text.length) fail(scan, 'malformed', 'there is text after the JSON value');
};

type Scan = {
  readonly text: string;
  readonly limits: JsonLimits;
  at: number;
  readonly path: (string | number)[];
  keys: number;
  items: number;
};

const fail = (scan: Scan, code: JsonFlaw['code'], detail: string): never => {
  throw new JsonFlawFound({ code, detail, pointer: pointerOf(scan.path), offset: scan.at });
};

export const pointerOf = (path: readonly PropertyKey[]): string =>
  path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

const scanValue = (scan: Scan): void => {
  const first = scan.text[scan.at];
  if (first === '{') scanObject(scan);
  else if (first === '[') scanArray(scan);
  else if (first === '"') scanString(scan);
  else if (take(scan, LITERAL) === '') scanNumber(scan);
};

const scanObject = (scan: Scan): void => {
  enter(scan);
  const seen = new Set<string>();
  scanMembers(scan, '}', () => {
    const key = scanKey(scan, seen);
    skipWhitespace(scan);
    if (scan.text[scan.at] !== ':') fail(scan, 'malformed', 'a colon must follow a key');
    scan.at += 1;
    skipWhitespace(scan);
    scanChild(scan, key);
  });
};

const scanKey = (scan: Scan, seen: Set<string>): string => {
  if (scan.text[scan.at] !== '"') fail(scan, 'malformed', 'a key must be a string');
  const key = scanString(scan);
  if (seen.has(key)) fail(scan, 'duplicate_key', `the key "${excerpt(key)}" stands twice in one object`);
  if (isPolluting(scan, key)) fail(scan, 'forbidden_key', `the key "${key}" is not allowed here`);
  seen.add(key);
  scan.keys += 1;
  if (scan.keys > scan.limits.keys) fail(scan, 'too_many_keys', `more than ${scan.limits.keys} keys`);
  return key;
};

const isPolluting = ({ path }: Scan, key: string): boolean =>
  key === '__proto__' || (key === 'prototype' && path.at(-1) === 'constructor');

const scanArray = (scan: Scan): void => {
  enter(scan);
  let index = 0;
  scanMembers(scan, ']', () => {
    scan.items += 1;
    if (scan.items > scan.limits.items) fail(scan, 'too_many_items', `more than ${scan.limits.items} items`);
    scanChild(scan, index);
    index += 1;
  });
};

const enter = (scan: Scan): void => {
  if (scan.path.length >= scan.limits.depth)
    fail(scan, 'too_deep', `nested deeper than ${scan.limits.depth}`);
  scan.at += 1;
};

const scanChild = (scan: Scan, step: string | number): void => {
  scan.path.push(step);
  scanValue(scan);
  scan.path.pop();
};

const scanMembers = (scan: Scan, close: '}' | ']', scanMember: () => void): void => {
  skipWhitespace(scan);
  if (scan.text[scan.at] !== close) {
    scanMember();
    skipWhitespace(scan);
  }
  while (scan.text[scan.at] === ',') {
    scan.at += 1;
    skipWhitespace(scan);
    scanMember();
    skipWhitespace(scan);
  }
  if (scan.text[scan.at] !== close) fail(scan, 'malformed', `a comma or ${close} is missing`);
  scan.at += 1;
};

const scanString = (scan: Scan): string => {
  const end = endOfString(scan);
  const token = scan.text.slice(scan.at, end);
  const value = PLAIN.test(token) ? token.slice(1, -1) : checkedText(scan, token);
  scan.at = end;
  return value;
};

const checkedText = (scan: Scan, token: string): string => {
  const value = unescaped(scan, token);
  if (!value.isWellFormed()) fail(scan, 'invalid_text', 'a string holds half of a surrogate pair');
  if (value.includes('\u0000')) fail(scan, 'invalid_text', 'a string holds the character U+0000');
  return value;
};

const endOfString = (scan: Scan): number => {
  let at = scan.text.indexOf('"', scan.at + 1);
  while (at >= 0 && isEscaped(scan.text, at)) at = scan.text.indexOf('"', at + 1);
  if (at < 0) fail(scan, 'malformed', 'a string is not closed');
  return at + 1;
};

/** An odd number of backslashes before it. */
const isEscaped = (text: string, at: number): boolean => {
  let before = at;
  while (text[before - 1] === '\\') before -= 1;
  return (at - before) % 2 === 1;
};

// JSON.parse knows escapes and control characters; one string token cannot hold anything else.
const unescaped = (scan: Scan, token: string): string => {
  try {
    return String(JSON.parse(token));
  } catch {
    return fail(scan, 'malformed', 'a string holds a bad escape or a control character');
  }
};

const scanNumber = (scan: Scan): void => {
  const start = scan.at;
  const token = take(scan, NUMBER);
  if (token === '') fail(scan, 'malformed', 'a JSON value is missing or misspelt');
  const value = Number(token);
  const isLossy = scan.limits.numbers === 'exact' && Number.isInteger(value) && !Number.isSafeInteger(value);
  if (Number.isFinite(value) && !isLossy) return;
  scan.at = start;
  fail(scan, 'number_out_of_range', 'a number is larger than can be held exactly');
};

const take = (scan: Scan, pattern: RegExp): string => {
  pattern.lastIndex = scan.at;
  const token = pattern.exec(scan.text)?.[0] ?? '';
  scan.at += token.length;
  return token;
};

// Mostly there is none: looking at one character is cheaper than asking for a match.
const skipWhitespace = (scan: Scan): void => {
  if (scan.text.charCodeAt(scan.at) <= SPACE) take(scan, WHITESPACE);
};

const excerpt = (key: string): string => (key.length > 80 ? `${key.slice(0, 80)}…` : key);
