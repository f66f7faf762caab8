import { createHash } from 'node:crypto';
import { createInterface } from 'node:readline';
import { v5 } from 'uuid';
import { z } from 'zod';
import { json } from '../api.ts';
import { cannotRead, isLasting, openGiven } from '../given-file.ts';

export type Line = {
  /** From 1. */
  readonly number: number;
  /** What makes it the same delivery however often it is sent. */
  readonly key: string;
  readonly instance: object;
  readonly size: number;
};

export type Flaw = { readonly number: number; readonly why: string };

/** Longer than an instance may be, however it is written. */
const MOST_BYTES = 1024 * 1024;

/** JSON by the server's own strict rules: what it would refuse, or read otherwise, is no instance here either. */
export type StrictJson = (
  bytes: Uint8Array,
) =>
  | { readonly kind: 'ok'; readonly value: unknown }
  | { readonly kind: 'flawed'; readonly flaw: { readonly detail: string; readonly offset: number } };

type Source = {
  readonly path: string;
  readonly parse: StrictJson;
  readonly importId: string;
  readonly from: number;
  /** Ends the lines where they are: a pipe may stay open, and idle, for ever. */
  readonly signal: AbortSignal;
};

/** The lines of a file that could be instances; what is wrong with another one is told. */
export async function* linesOf(
  { path, parse, importId, from, signal }: Source,
  onFlaw: (flaw: Flaw) => void,
): AsyncGenerator<Line> {
  // A character for each byte: as UTF-8, what is none would be replaced, and U+2028 in a text would end its line.
  const input = openGiven(path).setEncoding('latin1');
  signal.addEventListener('abort', () => void input.destroy());
  let number = 0;
  for await (const line of createInterface({ input, crlfDelay: Infinity, signal })) {
    number += 1;
    if (number < from || line.trim() === '') continue;
    const bytes = Buffer.from(line, 'latin1');
    const instance = instanceIn(bytes, parse);
    if (typeof instance === 'string') onFlaw({ number, why: instance });
    else yield { number, key: keyOf(importId, number, bytes), instance, size: bytes.length };
  }
}

const instanceIn = (bytes: Uint8Array, parse: StrictJson): object | string => {
  if (bytes.length > MOST_BYTES) return 'longer than 1 MiB';
  const parsed = parse(bytes);
  if (parsed.kind === 'flawed') return `no JSON: ${parsed.flaw.detail} (at character ${parsed.flaw.offset})`;
  return json.safeParse(parsed.value).data ?? 'no object';
};

const keyOf = (importId: string, number: number, line: Uint8Array): string =>
  v5(`${number} ${createHash('sha256').update(line).digest('hex')}`, importId);

/** How many lines a file has; undefined of what can be read only once. @throws CliError where it cannot be read */
export const countLines = async (path: string): Promise<number | undefined> => {
  if (!(await isLasting(path))) return undefined;
  let lines = 0;
  try {
    for await (const chunk of openGiven(path)) lines += newlinesIn(z.instanceof(Buffer).parse(chunk));
  } catch (error) {
    throw cannotRead(path, error);
  }
  return lines;
};

const newlinesIn = (chunk: Buffer): number => {
  let found = 0;
  for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) found += 1;
  return found;
};

/** A server takes so many at once. */
const MOST_LINES = 100;
const MOST_OF_A_BATCH = 2 * 1024 * 1024;

/** The lines in batches of up to 100 of them, or of about 2 MiB. */
export async function* batchesOf(lines: AsyncIterable<Line>): AsyncGenerator<readonly Line[]> {
  let batch: Line[] = [];
  let size = 0;
  for await (const line of lines) {
    const isFull = batch.length === MOST_LINES || (batch.length > 0 && size + line.size > MOST_OF_A_BATCH);
    if (isFull) {
      yield batch;
      batch = [];
      size = 0;
    }
    batch.push(line);
    size += line.size;
  }
  if (batch.length > 0) yield batch;
}
