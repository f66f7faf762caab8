import { Option } from 'commander';
import type { Command } from 'commander';
import { z } from 'zod';
import type { Json } from '../api.ts';
import type { Call, CliDeps } from '../call.ts';
import { confirm } from '../confirm.ts';
import { define, option, textsOf, wholeNumber } from '../define.ts';
import { CliError, usageError } from '../errors.ts';
import { CLI_EXIT } from '../exit-codes.ts';
import { lookUntilOver } from '../rest.ts';
import { card, inParts, listAt, table } from '../table.ts';
import { letterFilters, LETTERS } from './dlq.ts';

export const dlqRedriveCommands = (parent: Command, deps: CliDeps): void => {
  define(parent, deps, {
    usage: 'preview [letterId...]',
    summary: 'what a redrive would do: how many, which runs and instances, in what order; changes nothing',
    example: 'dlq preview --topic orchestrator.response.result --code malformed_json',
    options: letterFilters(),
    run: async (call) => {
      const preview = await call.api.post(`${LETTERS}/redrive/preview`, whichOf(call));
      await call.output.one(preview, () => previewText(preview));
    },
  });
  define(parent, deps, {
    usage: 'redrive [letterId...]',
    summary: 'take records in again; asks first for more than one',
    example: 'dlq redrive --code malformed_json --per-second 20 --wait 60 --yes',
    options: [
      ...letterFilters(),
      new Option('--per-second <n>', 'letters taken a second').argParser(wholeNumber(1, 1000)),
      option.reason(),
      option.yes(),
      option.wait('every letter of it has been taken; exits 1 if one is parked again'),
    ],
    run: redrive,
  });
};

/** The letters named, or the filter given: never all there are by leaving both out. */
const whichOf = (call: Call): object => {
  const filter = textsOf(call, letterFilters());
  const isFiltered = Object.values(filter).some((text) => text !== undefined);
  if (call.args.length > 0 && isFiltered) throw usageError('either letters or a filter, not both');
  if (call.args.length > 0) return { ids: call.args };
  if (isFiltered) return { filter };
  throw usageError('which letters? Name them, or give a filter: --fingerprint, --code, --topic …');
};

const counted = z.looseObject({ letters: z.int() });
const accepted = z.looseObject({ redriveId: z.string() });

const redrive = async (call: Call): Promise<void> => {
  const which = whichOf(call);
  if (call.args.length !== 1 && !call.flag('yes')) {
    const preview = await call.api.post(`${LETTERS}/redrive/preview`, which);
    call.io.say(previewText(preview).trimEnd());
    await confirm(call, `redrive ${counted.parse(preview).letters} letters?`);
  }
  const terms = { perSecond: call.number('perSecond'), reason: call.text('reason') };
  const answer = await call.api.post(`${LETTERS}/redrive`, { ...which, ...terms });
  const seconds = call.number('wait');
  if (seconds !== undefined) return show(call, await over(call, answer, seconds));
  await call.output.one(answer, () => acceptedText(answer));
};

const progress = z.looseObject({
  isOver: z.boolean(),
  total: z.int(),
  counts: z.record(z.string(), z.int()),
});
type Ended = { readonly answer: Json; readonly verdict?: CliError };

/** The redrive when nothing of it is left to be taken, or when the time is over. */
const over = async (call: Call, answer: Json, seconds: number): Promise<Ended> => {
  const { redriveId, position } = accepted.parse(answer);
  if (answer['selected'] === 0)
    return { answer, verdict: new CliError(CLI_EXIT.failure, 'nothing was selected') };
  const query = { minPosition: typeof position === 'string' ? position : undefined };
  const headers = { prefer: `wait=${Math.min(seconds, LONGEST_S)}` };
  const { found, isOver } = await lookUntilOver(call, seconds, async () => {
    const shown = await call.api.get(`${LETTERS}/redrives/${redriveId}`, { query, headers });
    const { isOver: isDone, total, counts } = progress.parse(shown);
    const status = `${total - (counts['selected'] ?? 0)} of ${total} taken`;
    return { found: shown, isOver: isDone, status };
  });
  if (isOver) return { answer: found, ...verdictOf(progress.parse(found).counts) };
  const message = `the redrive still goes on after ${seconds} s`;
  return { answer: found, verdict: new CliError(CLI_EXIT.timedOut, message) };
};

const LONGEST_S = 30;

const verdictOf = (counts: Readonly<Record<string, number>>): { readonly verdict?: CliError } => {
  const again = counts['parked-again'] ?? 0;
  return again === 0 ? {} : { verdict: new CliError(CLI_EXIT.failure, `${again} were parked again`) };
};

const show = async (call: Call, { answer, verdict }: Ended): Promise<void> => {
  const columns = {
    REDRIVE: 'redriveId',
    LETTERS: 'total',
    RESOLVED: 'counts.resolved',
    'PARKED AGAIN': 'counts.parked-again',
    DISCARDED: 'counts.discarded',
    WAITING: 'counts.selected',
  };
  await call.output.one(answer, () => card(columns, answer));
  if (verdict !== undefined) throw verdict;
};

const acceptedText = (answer: Json): string =>
  card({ REDRIVE: 'redriveId', SELECTED: 'selected', SKIPPED: 'skipped' }, answer);

const previewText = (preview: Json): string => {
  const head = {
    LETTERS: 'letters',
    SKIPPED: 'skipped',
    TOPICS: 'topics',
    'FOLLOW BY THEMSELVES': 'order.following',
    'HELD UP': 'order.heldUp',
    RUNS: 'runs.total',
    'ENDED RUNS': 'runs.ended',
    'UNKNOWN RUNS': 'runs.unknown',
    INSTANCES: 'instances.total',
    'DELETED INSTANCES': 'instances.deleted',
    'UNKNOWN INSTANCES': 'instances.unknown',
  };
  const runs = listAt(preview, 'runs.items');
  const instances = listAt(preview, 'instances.items');
  const rest = { STATUS: 'status', LETTERS: 'letters' };
  return inParts(
    card(head, preview),
    runs.length === 0 ? '' : table({ FLOW: 'flowId', ...rest }, runs),
    instances.length === 0 ? '' : table({ INSTANCE: 'instanceId', ...rest, DELETED: 'deleted' }, instances),
  );
};
