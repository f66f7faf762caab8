import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { z } from 'zod';
import type { Json } from '../api.ts';
import type { Call, CliDeps } from '../call.ts';
import { confirm } from '../confirm.ts';
import { define, option, reasonOf, textsOf, wholeNumber } from '../define.ts';
import { CliError, usageError } from '../errors.ts';
import { CLI_EXIT } from '../exit-codes.ts';
import { cardWithTable } from '../output.ts';
import { lookUntilOver } from '../rest.ts';
import { card, listAt } from '../table.ts';

const TIMERS = '/api/v1/timers';

export const timerShiftCommands = (parent: Command, deps: CliDeps): void => {
  define(parent, deps, {
    usage: 'shift',
    summary: 'move many at once, at a pace; shows which and asks first',
    example:
      'timer shift --before 2026-11-21T00:00:00Z --to 2026-11-23T08:00:00Z --reason "they are closed" --wait 60',
    options: [
      ...filterOptions(),
      new Option('--by <duration>', 'by how much, as 90m, 3d or -2h').argParser(duration).conflicts('to'),
      new Option('--to <time>', 'to one time'),
      new Option('--per-second <n>', 'runs a second, else 200').argParser(wholeNumber(1, 1000)),
      new Option('--dry-run', 'only show which'),
      option.reason(),
      option.yes(),
      option.wait('each run has had its turn'),
    ],
    run: shift,
  });
};

const filterOptions = (): readonly Option[] => [
  new Option('--orch-name <name>', 'of this orchestration'),
  new Option('--step <name>', 'of this step'),
  new Option('--kind <kind>', 'of this kind').choices(['retry', 'schedule']),
  new Option('--from <time>', 'due at or after this time'),
  new Option('--before <time>', 'due before this time'),
];

const UNITS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

const duration = (text: string): number => {
  const [, sign = '', count = '', unit = ''] = /^([+-]?)(\d{1,7})([smhd])$/.exec(text) ?? [];
  const ms = Number(count) * (UNITS[unit] ?? 0);
  if (ms === 0) throw new InvalidArgumentError('It must be a number and s, m, h or d, as 90m or -2h.');
  return sign === '-' ? -ms : ms;
};

const counted = z.looseObject({ count: z.int(), runs: z.int() });
const accepted = z.looseObject({ shiftId: z.string() });

const shift = async (call: Call): Promise<void> => {
  const body = bodyOf(call);
  const preview = () => call.api.post(`${TIMERS}/shift`, { ...body, dryRun: true });
  if (call.flag('dryRun')) {
    const shown = await preview();
    await call.output.one(shown, () => previewText(shown));
    return;
  }
  if (!call.flag('yes')) {
    const shown = await preview();
    call.io.say(previewText(shown).trimEnd());
    const { count, runs } = counted.parse(shown);
    await confirm(call, `move ${count} timers of ${runs} runs?`);
  }
  const answer = await call.api.post(`${TIMERS}/shift`, body);
  const seconds = call.number('wait');
  if (seconds === undefined) {
    await call.output.one(answer, () => card({ SHIFT: 'shiftId', RUNS: 'runs' }, answer));
    return;
  }
  await showEnd(call, accepted.parse(answer).shiftId, seconds);
};

const bodyOf = (call: Call): object => {
  const [byMs, to] = [call.number('by'), call.text('to')];
  if ((byMs === undefined) === (to === undefined)) throw usageError('where to: --by or --to?');
  const filter = textsOf(call, filterOptions());
  return { ...{ filter, byMs, to }, reason: reasonOf(call), perSecond: call.number('perSecond') };
};

const previewText = (preview: Json): string =>
  cardWithTable(preview, {
    head: { TIMERS: 'count', RUNS: 'runs', 'TOO MANY': 'isCut' },
    title: 'Due next',
    rows: {
      DUE: 'dueAt',
      'NEW DUE': 'newDueAt',
      FLOW: 'flowId',
      STEP: 'step',
      ACTION: 'action',
      KIND: 'kind',
    },
    of: listAt(preview, 'first'),
  });

const progress = z.looseObject({
  isFinished: z.boolean(),
  runs: z.int(),
  counts: z.looseObject({ refused: z.int() }),
  results: z.array(z.unknown()),
});
/** How the shift went when each run has had its turn, or when the time is over. */
const showEnd = async (call: Call, shiftId: string, seconds: number): Promise<void> => {
  const { found, isOver } = await lookUntilOver(call, seconds, async () => {
    const shown = await call.api.get(`${TIMERS}/shifts/${shiftId}`);
    const { isFinished, runs, results } = progress.parse(shown);
    return { found: shown, isOver: isFinished, status: `${results.length} of ${runs} runs` };
  });
  await call.output.one(found, () => card(COUNTS, found));
  if (!isOver) throw new CliError(CLI_EXIT.timedOut, `the shift still goes on after ${seconds} s`);
  const { runs, counts } = progress.parse(found);
  if (counts.refused > 0)
    throw new CliError(CLI_EXIT.failure, `${counts.refused} of ${runs} runs were not as expected`);
};

const COUNTS = {
  SHIFT: 'shiftId',
  RUNS: 'runs',
  MOVED: 'counts.moved',
  UNCHANGED: 'counts.unchanged',
  REFUSED: 'counts.refused',
  TIMERS: 'timersMoved',
};
