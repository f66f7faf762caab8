import type { Command } from 'commander';
import { Option } from 'commander';
import type { Call, CliDeps } from '../call.ts';
import { define } from '../define.ts';
import { localChecks } from '../doctor/local-checks.ts';
import { serverChecks } from '../doctor/server-checks.ts';
import { CliError } from '../errors.ts';
import { CLI_EXIT } from '../exit-codes.ts';

export const doctorCommand = (program: Command, deps: CliDeps): void => {
  define(program, deps, {
    usage: 'doctor',
    summary:
      'look at this machine and at the server, and say what is wrong; exits 1 if anything is, 6 without a server',
    example: 'doctor -o json',
    options: [
      new Option('--data-dir <path>', 'the data directory, else DATA_DIR').default(deps.defaults.dataDir),
    ],
    run: doctor,
  });
};

const doctor = async (call: Call): Promise<void> => {
  const checks = [...localChecks(call), ...(await serverChecks(call))];
  await call.output.list({ CHECK: 'check', STATE: 'state', DETAIL: 'detail' }, checks, { checks });
  const failed = checks.filter(({ state }) => state === 'fail').map(({ check }) => check);
  if (failed.length === 0) return;
  const exit = failed.includes('server') ? CLI_EXIT.unreachable : CLI_EXIT.failure;
  throw new CliError(exit, `not as it should be: ${failed.join(', ')}`);
};
