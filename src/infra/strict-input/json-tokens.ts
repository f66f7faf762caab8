import { JsonFlawFound } from './json-flaw.ts';
import type { JsonFlaw } from './json-flaw.ts';
import { pointerOf } from '../../domain/json-pointer.ts';

export type JsonLimits = {
  readonly depth: number;
  readonly keys: number;
  readonly items: number;
  /** `exact`: integers that a double cannot hold are refused. `any`: only what is not a number at all. */
  readonly numbers: 'exact' | 'any';
};

const SPACE = 32;
const MINUS = 45;
const WHITESPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
/** A string without escapes. */
const PLAIN_STRING = /"[ !#-[\]-~]*"/y;
/** How far a text was read. */
export type Scan = {
  readonly text: string;
  readonly limits: JsonLimits;
  at: number;
  readonly path: (string | number)[];
  keys: number;
  items: number;
  hasNegative: boolean;
};

/** @throws JsonFlawFound always */
export const fail = (scan: Scan, code: JsonFlaw['code'], detail: string): never => {
  throw new JsonFlawFound({ code, detail, pointer: pointerOf(scan.path), offset: scan.at });
};

/** NaN at the end of the text. */
export const here = ({ text, at }: Scan): number => text.charCodeAt(at);

/** Steps over a string. */
export const scanString = (scan: Scan): void => {
  if (!take(scan, PLAIN_STRING)) scan.at = endOfChecked(scan);
};

/** Where a string ends that holds something which is not plain. */
const endOfChecked = (scan: Scan): number => {
  const end = endOfString(scan);
  const value = unescaped(scan, scan.text.slice(scan.at, end));
  if (!value.isWellFormed()) fail(scan, 'invalid_text', 'a string holds half of a surrogate pair');
  if (value.includes('\u0000')) fail(scan, 'invalid_text', 'a string holds the character U+0000');
  return end;
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

/** Steps over a number. */
export const scanNumber = (scan: Scan): void => {
  const start = scan.at;
  scan.hasNegative ||= here(scan) === MINUS;
  if (!take(scan, NUMBER)) fail(scan, 'malformed', 'a JSON value is missing or misspelt');
  const value = Number(scan.text.slice(start, scan.at));
  const isLossy = scan.limits.numbers === 'exact' && Number.isInteger(value) && !Number.isSafeInteger(value);
  if (Number.isFinite(value) && !isLossy) return;
  scan.at = start;
  fail(scan, 'number_out_of_range', 'a number is larger than can be held exactly');
};

/** Steps over what fits, if it does. */
export const take = (scan: Scan, pattern: RegExp): boolean => {
  pattern.lastIndex = scan.at;
  if (!pattern.test(scan.text)) return false;
  scan.at = pattern.lastIndex;
  return true;
};

// Mostly there is none: looking at one character is cheaper than asking for a match.
export const skipWhitespace = (scan: Scan): void => {
  if (here(scan) <= SPACE) take(scan, WHITESPACE);
};
