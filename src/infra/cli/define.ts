import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { callOf } from './call.ts';
import type { Call, CliDeps } from './call.ts';
import { usageError } from './errors.ts';
import { EXIT_CODES_TEXT } from './exit-codes.ts';

type Definition = {
  /** Name and arguments: `get <flowId>`. */
  readonly usage: string;
  readonly summary: string;
  /** What may stand behind the program's name. */
  readonly example: string;
  readonly options?: readonly Option[];
  /** For the help, where it is not as of all others. */
  readonly exitCodes?: string;
  /** @throws CliError for every end but a good one. */
  readonly run: (call: Call) => Promise<void>;
};

export const group = (program: Command, name: string, summary: string): Command =>
  program
    .command(name)
    .description(summary)
    .addHelpText('after', () => exampleOf(program, name));

const exampleOf = (program: Command, name: string): string => {
  const first = program.commands.find((command) => command.name() === name)?.commands[0];
  return first === undefined
    ? ''
    : `\nExample:\n  $ skald ${name} ${first.name()} --help\n\n${EXIT_CODES_TEXT}`;
};

export const define = (parent: Command, deps: CliDeps, definition: Definition): void => {
  const { usage, summary, example, options = [], exitCodes = EXIT_CODES_TEXT, run } = definition;
  const command = parent
    .command(usage)
    .description(summary)
    .addHelpText('after', `\nExample:\n  $ skald ${example}\n\n${exitCodes}`);
  for (const option of options) command.addOption(option);
  command.action(() => run(callOf(deps, command)));
};

export const wholeNumber =
  (least: number, most: number) =>
  (text: string): number => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  };

/** What `--reason` says, of a command that needs one. @throws CliError */
export const reasonOf = (call: Pick<Call, 'text'>): string => {
  const reason = call.text('reason');
  if (reason === undefined) throw usageError('why? --reason is kept with the event');
  return reason;
};

/** What was given of these options; undefined for each that was not. */
export const textsOf = (call: Pick<Call, 'text'>, options: readonly Option[]) =>
  Object.fromEntries(options.map((each) => [each.attributeName(), call.text(each.attributeName())]));

export const option = {
  yes: () => new Option('--yes', 'do not ask'),
  reason: () => new Option('--reason <text>', 'kept with the event'),
  wait: (what: string) =>
    new Option('--wait <seconds>', `wait until ${what}`).argParser(wholeNumber(1, 86_400)),
};
