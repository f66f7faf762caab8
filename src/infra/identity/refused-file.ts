import { readFile, stat } from 'node:fs/promises';
import { refusalsIn, RefusedListInvalid } from './refusals.ts';
import type { Refusals } from './refusals.ts';

type Parsed =
  | { readonly kind: 'ok'; readonly value: unknown }
  | { readonly kind: 'flawed'; readonly flaw: { readonly detail: string; readonly offset: number } };

const MAX_BYTES = 1024 * 1024;

/**
 * Reads a file with a list of refused tokens, again and again: one that has not changed is not taken apart anew. What it
 * returns rejects with RefusedListInvalid.
 * @param parse of JSON: a list in which a name stands twice would say less than it seems to
 */
export const refusedFile = (
  path: string,
  parse: (bytes: Uint8Array) => Parsed,
): (() => Promise<Refusals>) => {
  let last: { readonly bytes: Buffer; readonly refusals: Refusals } | undefined;
  return async () => {
    const bytes = await bytesOf(path);
    if (last?.bytes.equals(bytes) !== true) last = { bytes, refusals: refusalsOf(parse(bytes)) };
    return last.refusals;
  };
};

const refusalsOf = (parsed: Parsed): Refusals => {
  if (parsed.kind === 'ok') return refusalsIn(parsed.value);
  const { detail, offset } = parsed.flaw;
  throw new RefusedListInvalid(`is not JSON, at character ${offset}: ${detail}`);
};

const bytesOf = async (path: string): Promise<Buffer> => {
  try {
    const found = await stat(path);
    // Opening a pipe would wait for somebody to write into it.
    if (!found.isFile()) throw new RefusedListInvalid('must name a file');
    if (found.size > MAX_BYTES) throw new RefusedListInvalid(`must be of ${MAX_BYTES} bytes at most`);
    return await readFile(path);
  } catch (error) {
    if (error instanceof RefusedListInvalid) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new RefusedListInvalid(`cannot be read: ${path} (${code})`);
  }
};
