import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { z } from 'zod';
import type { Call, CliDeps } from '../call.ts';
import { define, wholeNumber } from '../define.ts';
import { CliError } from '../errors.ts';
import { CLI_EXIT } from '../exit-codes.ts';
import { deliver } from '../import/deliver.ts';
import { inFlight } from '../import/in-flight.ts';
import { batchesOf, countLines, linesOf } from '../import/lines.ts';
import { tallyOf } from '../import/tally.ts';
import { card } from '../table.ts';

/** The same file twice, also under another name, brings no instance twice. */
const DEFAULT_IMPORT = '6f1d7c3e-27a5-5d0b-8f43-0a9f2f1f6a20';

const uuid = (text: string): string => {
  if (z.uuid().safeParse(text).success) return text;
  throw new InvalidArgumentError('It must be a UUID.');
};

export const instanceImportCommand = (parent: Command, deps: CliDeps): void => {
  define(parent, deps, {
    usage: 'import <file>',
    summary:
      'deliver the instances of an NDJSON file; again after a cut, it goes on without bringing any twice',
    example: 'instance import instances.ndjson --in-flight 8',
    options: [
      new Option('--in-flight <n>', 'requests at a time').argParser(wholeNumber(1, 64)).default(4),
      new Option('--from-line <n>', 'leave out the lines before').argParser(wholeNumber(1, 999_999_999)),
      new Option('--import-id <uuid>', 'under another one the same lines are other instances').argParser(
        uuid,
      ),
      new Option('--dry-run', 'only look whether each line could come in'),
    ],
    run: importFile,
  });
};

const importFile = async (call: Call): Promise<void> => {
  const path = call.args.join('');
  const total = await countLines(path);
  // A pipe may be silent for as long as it likes, and nothing else would tell.
  if (total === undefined) call.io.status(`reading ${path}`);
  const running = tallyOf(call, total);
  const importId = call.text('importId') ?? DEFAULT_IMPORT;
  const from = call.number('fromLine') ?? 1;
  const stopping = new AbortController();
  const lines = linesOf(
    { path, parse: call.strictJson, importId, from, signal: stopping.signal },
    running.onFlaw,
  );
  const batches = { of: batchesOf(lines), stop: () => stopping.abort() };
  const dryRun = call.flag('dryRun');
  await inFlight(call.number('inFlight') ?? 1, batches, async (batch) => {
    const [first] = batch;
    running.begin(first);
    await deliver({ ...call, dryRun, tally: running }, batch);
    running.end(first);
  }).catch((error: unknown) => {
    throw cutShort(error, running.resumeAt());
  });
  const summary = { importId, ...running.summary() };
  await call.output.one(summary, () => card(SUMMARY, summary));
  if (summary.bad > 0) throw new CliError(CLI_EXIT.failure, `${summary.bad} lines did not come in`);
};

const SUMMARY = {
  RECEIVED: 'received',
  'HERE BEFORE': 'repeated',
  VALID: 'valid',
  BAD: 'bad',
  SECONDS: 'seconds',
  'PER SECOND': 'perSecond',
};

const cutShort = (error: unknown, line: number): unknown =>
  error instanceof CliError
    ? new CliError(error.exit, error.message, [
        ...error.details,
        `The same command again goes on, and brings nothing twice; --from-line ${line} leaves out what is in.`,
      ])
    : error;
