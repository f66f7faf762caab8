import { resolve } from 'node:path';
import { Option } from 'commander';
import type { Command } from 'commander';
import type { MadeBackup } from '../backup/backups.ts';
import type { Call, CliDeps } from '../call.ts';
import { define } from '../define.ts';
import { CliError } from '../errors.ts';
import { CLI_EXIT } from '../exit-codes.ts';
import type { CliExit } from '../exit-codes.ts';
import { cardWithTable } from '../output.ts';
import { progressLine } from '../progress.ts';

export const backupCommands = (program: Command, deps: CliDeps): void => {
  const dataDir = (what: string) =>
    new Option('--data-dir <path>', `${what}, else DATA_DIR`).default(deps.defaults.dataDir);
  define(program, deps, {
    usage: 'backup <directory>',
    summary: 'copy the data directory to a new directory, also while a server works on it',
    example: 'backup /var/backups/skald/monday',
    options: [dataDir('what to copy')],
    run: backUp,
  });
  define(program, deps, {
    usage: 'restore <directory>',
    summary: 'make a data directory from a backup, and check every event of it',
    example: 'restore /var/backups/skald/monday --data-dir ./data',
    options: [dataDir('where to, new or empty')],
    run: restore,
  });
};

const backUp = async (call: Call): Promise<void> => {
  const progress = progressLine(call.io, call.clock, 'pages');
  const [from, to] = [dataDirOf(call), resolve(call.args[0] ?? '')];
  const made = await told(call.backups.make(from, to, progress.at));
  progress.end();
  await show(call, { ...made, from, to });
  call.io.say('The master key is not in it. Keep it elsewhere: without it no payload can be read.');
};

const restore = async (call: Call): Promise<void> => {
  const [from, to] = [resolve(call.args[0] ?? ''), dataDirOf(call)];
  const made = await told(call.backups.restore(from, to));
  await show(call, { ...made, from, to });
  call.io.say('Put master.key there, or set MASTER_KEY, before you start the server.');
};

const dataDirOf = (call: Call): string => resolve(call.text('dataDir') ?? '.');

const show = (call: Call, made: MadeBackup & { readonly from: string; readonly to: string }) =>
  call.output.one(made, () =>
    cardWithTable(
      { ...made, chain: 'intact' },
      {
        head: { FROM: 'from', TO: 'to', TAKEN: 'startedAt', EVENTS: 'events', CHAIN: 'chain' },
        title: 'Files',
        rows: { FILE: 'name', BYTES: 'bytes' },
        of: made.files,
      },
    ),
  );

// By name: no adapter's error is known here.
const EXITS: Readonly<Record<string, CliExit>> = {
  BackupMissing: CLI_EXIT.notFound,
  BackupRefused: CLI_EXIT.conflict,
  BackupDamaged: CLI_EXIT.failure,
};

const told = async <Value>(work: Promise<Value>): Promise<Value> => {
  try {
    return await work;
  } catch (error) {
    const exit = error instanceof Error ? EXITS[error.name] : undefined;
    throw exit === undefined || !(error instanceof Error) ? error : new CliError(exit, error.message);
  }
};
