import { Option } from 'commander';
import type { Command } from 'commander';
import type { Call, CliDeps } from '../call.ts';
import { confirm } from '../confirm.ts';
import { define, option, reasonOf } from '../define.ts';
import { usageError } from '../errors.ts';
import { readGiven } from '../given-file.ts';
import { diffText } from '../letter-texts.ts';
import { card } from '../table.ts';
import { letterPath } from './dlq.ts';

export const dlqSteerCommands = (parent: Command, deps: CliDeps): void => {
  define(parent, deps, {
    usage: 'edit <letterId>',
    summary: 'put another value in its place; shows what changes',
    example: 'dlq edit 0198f3a0-2222-5abc-8def-000000000002 --file fixed.json --reason "a comma"',
    options: [
      new Option('--file <path>', 'the new value, byte by byte; - reads standard input').conflicts('text'),
      new Option('--text <text>', 'the new value'),
      option.reason(),
    ],
    run: edit,
  });
  define(parent, deps, {
    usage: 'discard <letterId>',
    summary: 'close it without taking its record; what is queued behind it goes on; asks first',
    example: 'dlq discard 0198f3a0-2222-5abc-8def-000000000002 --reason "a test" --yes',
    options: [option.reason(), option.yes()],
    run: discard,
  });
};

const edit = async (call: Call): Promise<void> => {
  const letterId = call.args.join('');
  const body = { ...(await newValue(call)), reason: reasonOf(call) };
  const answer = await call.api.post(`${letterPath(letterId)}/edit`, body);
  await call.output.one(answer, () => {
    const diff = diffText(answer['diff']);
    const what = card({ LETTER: 'letterId', EDITION: 'edition' }, { ...answer, letterId });
    return diff === '' ? what : `${what}\n${diff}\n`;
  });
};

const newValue = async (call: Call): Promise<object> => {
  const [file, text] = [call.text('file'), call.text('text')];
  if (file === undefined && text === undefined) throw usageError('what is the new value: --file or --text?');
  if (file === undefined) return { text };
  return { base64: (await readGiven(file)).toString('base64') };
};

const discard = async (call: Call): Promise<void> => {
  const letterId = call.args.join('');
  const reason = reasonOf(call);
  await confirm(call, `discard ${letterId} for good?`);
  const answer = await call.api.post(`${letterPath(letterId)}/discard`, { reason });
  await call.output.one(answer, () =>
    card({ LETTER: 'letterId', OUTCOME: 'outcome' }, { letterId, outcome: 'discarded' }),
  );
};
