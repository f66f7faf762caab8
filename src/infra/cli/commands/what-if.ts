import { Option } from 'commander';
import type { Command } from 'commander';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import type { Call, CliDeps } from '../call.ts';
import { define } from '../define.ts';
import { CliError, usageError } from '../errors.ts';
import { CLI_EXIT } from '../exit-codes.ts';
import { readGiven } from '../given-file.ts';
import { lineOf } from '../output.ts';
import { WHAT_IF_COLUMNS, whatIfText, withReasons } from '../what-if-texts.ts';

export const whatIfCommand = (program: Command, deps: CliDeps): void => {
  define(program, deps, {
    usage: 'what-if',
    summary:
      'what runs would have done under another definition, and whether they could go on; changes nothing',
    example: 'what-if --all --definition changed.yaml',
    options: [
      new Option(
        '--definition <file>',
        'the definition as it would be registered, JSON or YAML',
      ).makeOptionMandatory(),
      new Option('--saga <flowId>', 'this run').conflicts('all'),
      new Option('--all', 'every run of the orchestration that has not ended'),
      new Option('--fail <step...>', 'steps that were never recorded and are taken to fail, not to succeed'),
      new Option('--strict', 'exits 1 where a run needs mapping too, not only where one is stuck'),
    ],
    run: whatIf,
  });
};

const PATH = '/api/v1/what-if';
const PAGE = 100;

const run = z.looseObject({ flowId: z.string(), verdict: z.string().nullable() });
const page = z.looseObject({
  items: z.array(run),
  unreadable: z.array(z.string()).default([]),
  nextCursor: z.string().optional(),
});
type Run = z.output<typeof run>;

type Asked = { readonly runs: readonly Run[]; readonly unreadable: readonly string[] };

const whatIf = async (call: Call): Promise<void> => {
  const results = Object.fromEntries(call.list('fail').map((step) => [step, 'failure']));
  const flowId = call.text('saga');
  if (flowId === undefined && !call.flag('all')) throw usageError('which runs: --saga <flowId>, or --all?');
  const body = { definition: await readDefinition(call.text('definition') ?? ''), results };
  judge(call, flowId === undefined ? await askAll(call, body) : await askOne(call, { ...body, flowId }));
};

/**
 * A registration from a file, JSON or YAML, as the server takes it.
 * @throws CliError where the file cannot be read, or holds nothing of the kind.
 */
const readDefinition = async (path: string): Promise<object> => {
  const document = parseDocument((await readGiven(path)).toString());
  const [error] = document.errors;
  if (error !== undefined) throw usageError(`${path} is neither JSON nor YAML: ${error.message}`);
  const value: unknown = document.toJS();
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw usageError(`${path} holds no registration: orchName, as, type, steps`);
};

const askOne = async (call: Call, body: object): Promise<Asked> => {
  const { items, unreadable } = page.parse(await call.api.post(PATH, body));
  for (const item of items) await call.output.one(item, () => whatIfText(item));
  return { runs: items, unreadable };
};

/** Every page; lines as they come, since there may be many. */
const askAll = async (call: Call, body: object): Promise<Asked> => {
  const runs: Run[] = [];
  const unreadable: string[] = [];
  let cursor: string | undefined;
  do {
    const part = page.parse(await call.api.post(PATH, { ...body, all: true, limit: PAGE, cursor }));
    if (call.output.format === 'jsonl') await call.io.out(part.items.map(lineOf).join(''));
    runs.push(...part.items);
    unreadable.push(...part.unreadable);
    call.io.status(`${runs.length} runs`);
    cursor = part.nextCursor;
  } while (cursor !== undefined);
  if (call.output.format !== 'jsonl')
    await call.output.list(WHAT_IF_COLUMNS, runs.map(withReasons), { items: runs, unreadable });
  return { runs, unreadable };
};

/** @throws CliError where there is a run that could not simply go on, or that could not be judged. */
const judge = (call: Call, { runs, unreadable }: Asked): void => {
  const having = (verdict: string): number => runs.filter((one) => one.verdict === verdict).length;
  const [stuck, mapping] = [having('stuck'), having('needs-mapping')];
  if (call.flag('all'))
    call.io.say(`${having('compatible')} compatible, ${mapping} need mapping, ${stuck} stuck`);
  if (stuck > 0) throw new CliError(CLI_EXIT.failure, `${stuck} of ${runs.length} would be stuck`);
  if (unreadable.length > 0)
    throw new CliError(CLI_EXIT.failure, 'the history of some runs cannot be read', unreadable);
  if (mapping > 0 && call.flag('strict'))
    throw new CliError(CLI_EXIT.failure, `${mapping} of ${runs.length} would need mapping`);
};
