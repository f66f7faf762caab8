import { isPlain, jsonInOrder } from './in-order.ts';
import { pointerOf } from './json-pointer.ts';

/** The largest event, as bytes of canonical JSON (decision 21 in docs/rules.md). */
export const MAX_EVENT_BYTES = 512 * 1024;
// In UTF-16 units, each of which takes up to three bytes.
const SURELY_FITS = MAX_EVENT_BYTES / 3;
const MAX_DEPTH = 64;

export type NotEncodableReason =
  | 'bigint'
  | 'not-finite'
  | 'undefined'
  | 'function'
  | 'symbol'
  | 'class-instance'
  | 'sparse-array'
  | 'lone-surrogate'
  | 'reserved-key'
  | 'too-deep-or-cyclic'
  | 'too-large';

/** The value has no canonical form; `pointer` (RFC 6901) names the offending member. */
export class NotEncodable extends Error {
  override readonly name = 'NotEncodable';
  readonly pointer: string;
  readonly reason: NotEncodableReason;

  constructor(pointer: string, reason: NotEncodableReason) {
    super(`${reason} at ${pointer === '' ? 'the root' : pointer}`);
    this.pointer = pointer;
    this.reason = reason;
  }
}

/** Where the walk is, and how much it has written: a lower bound of the bytes, so shared subtrees cannot explode. */
type Walk = { readonly path: (string | number)[]; written: number };

/**
 * Canonical JSON as RFC 8785: keys sorted by UTF-16 code units, no spaces, shortest numbers, -0 as 0. Equal
 * values give equal text, and parsing the text gives an equal value.
 *
 * @throws NotEncodable for what JSON would drop, change or choke on, more than 64 levels,
 * or more than 512 KiB.
 */
export const canonical = (value: unknown): string => {
  const text = jsonInOrder(value, MAX_DEPTH, MAX_EVENT_BYTES) ?? sorted(value);
  if (text.length > SURELY_FITS && Buffer.byteLength(text) > MAX_EVENT_BYTES)
    throw new NotEncodable('', 'too-large');
  return text;
};

const sorted = (value: unknown): string => encode(value, { path: [], written: 0 });

const encode = (value: unknown, walk: Walk): string => {
  if (typeof value === 'string') return written(quoted(value, walk), walk);
  if (typeof value === 'number') return written(finite(value, walk), walk);
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (value === null) return 'null';
  return typeof value === 'object' ? container(value, walk) : refuse(walk, reasonFor(value));
};

const reasonFor = (value: unknown): NotEncodableReason => {
  if (typeof value === 'bigint') return 'bigint';
  if (typeof value === 'symbol') return 'symbol';
  return typeof value === 'function' ? 'function' : 'undefined';
};

const container = (value: object, walk: Walk): string => {
  if (walk.path.length >= MAX_DEPTH) return refuse(walk, 'too-deep-or-cyclic');
  written('}', walk);
  return Array.isArray(value) ? list(value, walk) : record(value, walk);
};

const list = (value: readonly unknown[], walk: Walk): string => {
  if (Object.getPrototypeOf(value) !== Array.prototype) return refuse(walk, 'class-instance');
  if (Object.keys(value).length !== value.length) return refuse(walk, 'sparse-array');
  let text = '[';
  for (let index = 0; index < value.length; index += 1) {
    walk.path.push(index);
    text += (index === 0 ? '' : ',') + encode(value[index], walk);
    walk.path.pop();
  }
  return text + ']';
};

const record = (value: object, walk: Walk): string => {
  if (!isPlain(value)) return refuse(walk, 'class-instance');
  if (Object.getOwnPropertySymbols(value).length > 0) return refuse(walk, 'symbol');
  let text = '';
  for (const { key, before } of membersOf(Object.keys(value))) {
    walk.path.push(key);
    if (key === '__proto__') return refuse(walk, 'reserved-key');
    text +=
      written(before ?? (text === '' ? '{' : ',') + quoted(key, walk) + ':', walk) + encode(value[key], walk);
    walk.path.pop();
  }
  return text === '' ? '{}' : text + '}';
};

/** A member's name, and what is written up to its value; undefined where that is to be found out or refused. */
type Member = { readonly key: string; readonly before: string | undefined };
type Shape = { readonly keys: readonly string[]; readonly members: readonly Member[] };

// Objects of a few shapes come again and again: their keys are sorted and quoted once.
const SHAPES = 256;
const MOST_CHARACTERS = 2000;
const shapes: (Shape | undefined)[] = Array.from({ length: SHAPES });

const membersOf = (keys: readonly string[]): readonly Member[] => {
  const at = placeOf(keys);
  const known = shapes[at];
  if (known !== undefined && isSame(known.keys, keys)) return known.members;
  const members = keys.toSorted().map(memberOf);
  if (keys.join('').length <= MOST_CHARACTERS) shapes[at] = { keys, members };
  return members;
};

const memberOf = (key: string, place: number): Member => ({
  key,
  before: SPECIAL.test(key) ? undefined : `${place === 0 ? '{' : ','}"${key}":`,
});

const placeOf = (keys: readonly string[]): number => {
  let place = keys.length;
  for (const key of keys) place = (place * 31 + key.length * 7 + (key.codePointAt(0) ?? 0)) % SHAPES;
  return place;
};

const isSame = (some: readonly string[], others: readonly string[]): boolean =>
  some.length === others.length && some.every((one, at) => one === others[at]);

// The slow way only where something must be escaped or refused; most strings are plain.
const SPECIAL = /[\u0000-\u001f"\\\ud800-\udfff]/;

const quoted = (value: string, walk: Walk): string => {
  if (!SPECIAL.test(value)) return `"${value}"`;
  if (!value.isWellFormed()) return refuse(walk, 'lone-surrogate');
  return JSON.stringify(value);
};

const finite = (value: number, walk: Walk): string =>
  Number.isFinite(value) ? String(value) : refuse(walk, 'not-finite');

const written = (text: string, walk: Walk): string => {
  walk.written += text.length;
  if (walk.written > MAX_EVENT_BYTES) refuse(walk, 'too-large');
  return text;
};

const refuse = (walk: Walk, reason: NotEncodableReason): never => {
  throw new NotEncodable(pointerOf(walk.path), reason);
};
