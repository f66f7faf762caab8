import { createReadStream, openSync, statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Socket } from 'node:net';
import { stdin } from 'node:process';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { messageOf, usageError } from './errors.ts';

/** Where a file is asked for: what comes on standard input. By its own name a socket could not be opened. */
const STANDARD_INPUT: ReadonlySet<string> = new Set(['-', '/dev/stdin']);

/** The bytes of a file that was named on the command line. Errors come while it is read, too. */
export const openGiven = (path: string): Readable => {
  // Not by its number: a pipe is read without blocking here, and one that is still empty would be an error.
  if (STANDARD_INPUT.has(path)) return stdin;
  // As a file, an idle pipe would hold up the end of this process until somebody writes.
  return isPipe(path) ? new Socket({ fd: openSync(path, 'r'), writable: false }) : createReadStream(path);
};

const isPipe = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFIFO() === true;

/** The whole of it. @throws CliError where it cannot be read */
export const readGiven = async (path: string): Promise<Buffer> => {
  try {
    return await buffer(openGiven(path));
  } catch (error) {
    throw cannotRead(path, error);
  }
};

/** Whether it can be read a second time; what comes through a pipe comes once. @throws CliError where it is not there */
export const isLasting = async (path: string): Promise<boolean> => {
  if (STANDARD_INPUT.has(path)) return false;
  const found = await stat(path).catch((error: unknown) => {
    throw cannotRead(path, error);
  });
  return found.isFile() || found.isDirectory();
};

export const cannotRead = (path: string, error: unknown): Error =>
  usageError(`cannot read ${path}: ${messageOf(error)}`);
