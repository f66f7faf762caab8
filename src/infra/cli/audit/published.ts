import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { signedCheckpoint } from '../../../domain/checkpoint.ts';
import type { SignedCheckpoint } from '../../../domain/checkpoint.ts';
import { CliError, jsonOf, usageError } from '../errors.ts';
import { CLI_EXIT } from '../exit-codes.ts';
import type { TrustedKeys } from './trusted-keys.ts';

const FILE = /^checkpoint-\d+\.json$/;

/** The checkpoints that were published into a directory. @throws CliError for one that cannot be trusted. */
export const publishedCheckpoints = (
  directory: string | undefined,
  keys: TrustedKeys,
): readonly SignedCheckpoint[] => {
  if (directory === undefined) return [];
  const read = filesIn(directory).map((file) => checkpointIn(join(directory, file), keys));
  // The wrong directory must not pass for a proof.
  if (read.length === 0) throw usageError(`${directory} holds no checkpoints`);
  return read.sort((one, other) => one.number - other.number);
};

const filesIn = (directory: string): readonly string[] => {
  try {
    return readdirSync(directory).filter((file) => FILE.test(file));
  } catch {
    throw usageError(`${directory} cannot be read`);
  }
};

const checkpointIn = (path: string, keys: TrustedKeys): SignedCheckpoint => {
  const { data } = signedCheckpoint.safeParse(jsonOf(readFileSync(path, 'utf8')));
  const flaw = data === undefined ? 'it is no signed checkpoint' : keys.flawOf(data);
  if (data !== undefined && flaw === undefined) return data;
  throw new CliError(CLI_EXIT.failure, `${path} cannot be trusted: ${String(flaw)}`);
};
