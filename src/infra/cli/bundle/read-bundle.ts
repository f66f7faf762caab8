import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { ReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import type { Gunzip } from 'node:zlib';
import { CliError, jsonOf, messageOf } from '../errors.ts';
import { CLI_EXIT } from '../exit-codes.ts';
import { bundleLine } from './lines.ts';
import type { BundleLine } from './lines.ts';

/** A line that is none is `undefined`. `digest`: of all bytes before it. */
export type ReadLine = {
  readonly number: number;
  readonly line: BundleLine | undefined;
  readonly digest: () => string;
};

/** No event is longer than half a MiB, as canonical JSON. */
const LONGEST = 8 * 1024 * 1024;

/** A bundle line by line. @throws CliError where the file cannot be read to its end. */
export async function* readBundle(path: string): AsyncGenerator<ReadLine> {
  const hash = createHash('sha256');
  let number = 0;
  let pending = Buffer.alloc(0);
  const lineOf = (bytes: Buffer): ReadLine => {
    const before = hash.copy();
    hash.update(bytes);
    number += 1;
    return {
      number,
      line: isUtf8(bytes) ? lineIn(bytes.toString('utf8')) : undefined,
      digest: () => before.digest('hex'),
    };
  };
  for await (const piece of bytesOf(path)) {
    pending = Buffer.concat([pending, piece]);
    for (let end = pending.indexOf(10); end >= 0; end = pending.indexOf(10)) {
      yield lineOf(pending.subarray(0, end + 1));
      pending = pending.subarray(end + 1);
    }
    if (pending.length > LONGEST) throw unreadable(path, 'a line is too long');
  }
  if (pending.length > 0) yield lineOf(pending);
}

/**
 * Only as it was written: of a member that stands there twice, or a number in digits that no program keeps, a person or
 * another program may read something else than what is checked here.
 */
const lineIn = (text: string): BundleLine | undefined => {
  const value = jsonOf(text);
  return `${JSON.stringify(value)}\n` === text ? bundleLine.safeParse(value).data : undefined;
};

async function* bytesOf(path: string): AsyncGenerator<Buffer> {
  const file = createReadStream(path);
  try {
    for await (const piece of path.endsWith('.gz') ? unzipped(file) : file)
      yield Buffer.from(piece as Uint8Array);
  } catch (error) {
    throw unreadable(path, messageOf(error), isAbsence(error));
  } finally {
    file.destroy();
  }
}

const unzipped = (file: ReadStream): Gunzip => {
  const zip = createGunzip();
  file.on('error', (error) => zip.destroy(error));
  return file.pipe(zip);
};

const isAbsence = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT';

/** A file that is there and cannot be read to its end is found wrong, as one whose chain is broken. */
const unreadable = (path: string, why: string, isAbsent = false): CliError =>
  new CliError(isAbsent ? CLI_EXIT.notFound : CLI_EXIT.failure, `${path} cannot be read: ${why}`);
