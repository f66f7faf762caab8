import { Option } from 'commander';
import type { Command } from 'commander';
import { z } from 'zod';
import type { Call, CliDeps } from '../call.ts';
import { define, wholeNumber } from '../define.ts';
import { usageError } from '../errors.ts';
import { eventLine, EVENT_TITLES } from '../event-line.ts';
import { followEvents } from '../follow-events.ts';
import { plainPart } from '../ids.ts';
import { lineOf } from '../output.ts';
import { valueAt } from '../table.ts';

const PAGE = 1000;
const page = z.looseObject({
  items: z.array(z.looseObject({})),
  nextCursor: z.string().optional(),
  position: z.string().optional(),
});
type Page = z.output<typeof page>;

export const streamCommands = (parent: Command, deps: CliDeps): void => {
  define(parent, deps, {
    usage: 'read <stream>',
    summary: 'the events of a stream, in order',
    example: 'stream read saga-0198f3a0-2222-7abc-8def-000000000002 --follow -o jsonl',
    options: [
      new Option('--from <revision>', 'begin here').argParser(wholeNumber(0, 999_999_999)).default(0),
      new Option('--limit <n>', 'at most so many').argParser(wholeNumber(1, 999_999_999)),
      new Option('--follow', 'go on with what comes, until a signal').conflicts('limit'),
    ],
    run: read,
  });
};

const read = async (call: Call): Promise<void> => {
  const { output } = call;
  if (output.format !== 'json') {
    const toText = output.format === 'jsonl' ? lineOf : eventLine;
    const position = await readLines(call, toText, output.format === 'table' ? EVENT_TITLES : '');
    if (call.flag('follow')) await followLines(call, toText, position);
    return;
  }
  if (call.flag('follow')) throw usageError('what has no end is no JSON document: use -o jsonl');
  await wholeStream(call);
};

type ToText = (event: unknown) => string;

/** Resolves with the position of the last event, undefined where there was none. Of what is not there it prints nothing. */
const readLines = async (call: Call, toText: ToText, titles: string): Promise<string | undefined> => {
  let position: string | undefined;
  let head = titles;
  for await (const { items, position: newest } of pages(call)) {
    await call.io.out(head + items.map(toText).join(''));
    head = '';
    position = newest ?? position;
  }
  return position;
};

const followLines = async (call: Call, toText: ToText, position: string | undefined): Promise<void> => {
  // Begun behind the end: nothing tells where the end is, so the feed starts over and what was not asked for is left out.
  const since = { stream: call.args[0] ?? '', from: position ?? 'start' };
  for await (const event of followEvents(call, since)) {
    if (revisionOf(event) >= (call.number('from') ?? 0)) await call.io.out(toText(event));
  }
};

const revisionOf = (event: unknown): number => Number(valueAt(event, 'revision'));

const wholeStream = async (call: Call): Promise<void> => {
  const items: unknown[] = [];
  let last: object = {};
  for await (const next of pages(call)) {
    items.push(...next.items);
    last = next;
  }
  await call.output.one({ ...last, items }, () => '');
};

async function* pages(call: Call): AsyncGenerator<Page> {
  const path = `/api/v1/streams/${plainPart(call.args[0] ?? '')}`;
  let left = call.number('limit') ?? Number.POSITIVE_INFINITY;
  let from: string | undefined = String(call.number('from') ?? 0);
  while (from !== undefined && left > 0) {
    const query = { from, limit: String(Math.min(PAGE, left)) };
    const next = page.parse(await call.api.get(path, { query }));
    yield next;
    left -= next.items.length;
    from = next.nextCursor;
  }
}
