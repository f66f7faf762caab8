import { Command, CommanderError, Option } from 'commander';
import { ZodError } from 'zod';
import type { CliDeps } from './call.ts';
import { auditCommands } from './commands/audit.ts';
import { bundleCommands } from './commands/audit-bundle.ts';
import { backupCommands } from './commands/backup.ts';
import { dlqRedriveCommands } from './commands/dlq-redrive.ts';
import { dlqSteerCommands } from './commands/dlq-steer.ts';
import { dlqReadCommands } from './commands/dlq.ts';
import { doctorCommand } from './commands/doctor.ts';
import { instanceImportCommand } from './commands/instance-import.ts';
import { instanceSteerCommands } from './commands/instance-steer.ts';
import { instanceReadCommands } from './commands/instance.ts';
import { healingCommands, timerCommands, workerCommands } from './commands/lists.ts';
import { orchestrationCommands } from './commands/orchestration.ts';
import { projectionCommands } from './commands/projections.ts';
import { replayReadCommands } from './commands/replay.ts';
import { replaySteerCommands } from './commands/replay-steer.ts';
import { sagaReadCommands } from './commands/saga-read.ts';
import { sagaSteerCommands } from './commands/saga-steer.ts';
import { serveCommand } from './commands/serve.ts';
import { streamCommands } from './commands/stream.ts';
import { timerShiftCommands } from './commands/timer-shift.ts';
import { timerSteerCommands } from './commands/timer-steer.ts';
import { tokenCommand } from './commands/token.ts';
import { whatIfCommand } from './commands/what-if.ts';
import { group, wholeNumber } from './define.ts';
import { CliError, messageOf } from './errors.ts';
import { CLI_EXIT, EXIT_CODES_TEXT } from './exit-codes.ts';
import type { CliExit } from './exit-codes.ts';
import type { Io } from './io.ts';
import { FORMATS } from './output.ts';

/** Runs one command line, without the program's name, to its exit code. What failed was said on stderr. */
export const runCli = async (deps: CliDeps, argv: readonly string[]): Promise<CliExit> => {
  try {
    await programOf(deps).parseAsync(argv, { from: 'user' });
    return CLI_EXIT.ok;
  } catch (error) {
    return report(deps.io, error);
  } finally {
    deps.io.status('');
  }
};

const programOf = (deps: CliDeps): Command => {
  const program = emptyProgram(deps);
  serveCommand(program, deps);
  orchestrationCommands(group(program, 'orchestration', 'what can be run'), deps);
  const saga = group(program, 'saga', 'runs');
  sagaReadCommands(saga, deps);
  sagaSteerCommands(saga, deps);
  workerCommands(group(program, 'worker', 'services that do the steps'), deps);
  healingCommands(group(program, 'healing', 'the diary of missing workers'), deps);
  const timer = group(program, 'timer', 'what happens by itself, and when').alias('timers');
  timerCommands(timer, deps);
  timerSteerCommands(timer, deps);
  timerShiftCommands(timer, deps);
  const instance = group(program, 'instance', 'process instances');
  instanceReadCommands(instance, deps);
  instanceSteerCommands(instance, deps);
  instanceImportCommand(instance, deps);
  const dlq = group(program, 'dlq', 'dead letters: records that could not be taken in');
  dlqReadCommands(dlq, deps);
  dlqRedriveCommands(dlq, deps);
  dlqSteerCommands(dlq, deps);
  streamCommands(group(program, 'stream', 'events as they are stored'), deps);
  projectionCommands(group(program, 'projections', 'read models'), deps);
  const replay = group(program, 'replay', 'recorded events, given out once more');
  replayReadCommands(replay, deps);
  replaySteerCommands(replay, deps);
  const audit = group(program, 'audit', 'proof that nothing was changed');
  auditCommands(audit, deps);
  bundleCommands(audit, deps);
  whatIfCommand(program, deps);
  backupCommands(program, deps);
  doctorCommand(program, deps);
  tokenCommand(program, deps);
  return program;
};

const emptyProgram = (deps: CliDeps): Command =>
  new Command('skald')
    .description('Runs Skald, and asks and steers one that is running.')
    .version(deps.version)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void deps.io.out(text),
      writeErr: (text) => deps.io.say(text.trimEnd()),
    })
    .configureHelp({ showGlobalOptions: true })
    .addOption(new Option('--url <url>', 'the server, else SKALD_URL').default(deps.defaults.url))
    .addOption(new Option('--token-file <path>', 'a file with the token to show, else SKALD_TOKEN'))
    .addOption(new Option('-o, --output <format>', 'how data is shown').choices(FORMATS).default('table'))
    .addOption(
      new Option('--timeout <seconds>', 'for one answer of the server')
        .argParser(wholeNumber(1, 3600))
        .default(30),
    )
    .addHelpText('after', `\nExample:\n  $ skald saga list --status FAILED\n\n${EXIT_CODES_TEXT}`);

const report = (io: Io, error: unknown): CliExit => {
  // Commander has said it already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? CLI_EXIT.ok : CLI_EXIT.usage;
  if (error instanceof ZodError) {
    io.say('skald: the server answered in a form that this program does not know: are both of one version?');
    return CLI_EXIT.failure;
  }
  io.say(`skald: ${messageOf(error)}`);
  if (!(error instanceof CliError)) return CLI_EXIT.failure;
  for (const detail of error.details) io.say(`  ${detail}`);
  return error.exit;
};
