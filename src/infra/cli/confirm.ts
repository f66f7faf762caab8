import type { Call } from './call.ts';
import { CliError, usageError } from './errors.ts';
import { CLI_EXIT } from './exit-codes.ts';

/** @throws CliError when the answer is no, or when there is nobody to ask and no `--yes`. */
export const confirm = async ({ io, flag }: Pick<Call, 'io' | 'flag'>, question: string): Promise<void> => {
  if (flag('yes')) return;
  const answer = await io.confirm(question);
  if (answer === undefined) throw usageError(`${question} There is nobody to ask here: repeat it with --yes`);
  if (!answer) throw new CliError(CLI_EXIT.failure, 'nothing was done');
};
