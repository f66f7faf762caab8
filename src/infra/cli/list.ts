import { Option } from 'commander';
import type { Command } from 'commander';
import { z } from 'zod';
import type { Json } from './api.ts';
import type { Call, CliDeps } from './call.ts';
import { define, textsOf, wholeNumber } from './define.ts';
import { lineOf } from './output.ts';
import { asOfIn, past } from './past.ts';
import type { Columns } from './table.ts';

const listPage = z.looseObject({
  items: z.array(z.unknown()),
  nextCursor: z.string().optional(),
  blockedIds: z.array(z.string()).optional(),
});
type Page = z.output<typeof listPage>;

type ListDefinition = {
  readonly usage: string;
  readonly summary: string;
  readonly example: string;
  readonly columns: Columns;
  readonly path: (args: readonly string[]) => string;
  /** Each is sent as the query parameter of its name. */
  readonly filters?: readonly Option[];
  /** It can be asked as of then. */
  readonly hasPast?: boolean;
  /** Members for people beside those the server sends. */
  readonly adorn?: (item: unknown) => unknown;
};

const MAX_PAGE = 500;

/** A command that shows a list of the query API: a page of it, or with `--all` every page. */
export const defineList = (parent: Command, deps: CliDeps, definition: ListDefinition): void => {
  const { filters = [], hasPast = false } = definition;
  const paging = [
    new Option('--limit <n>', 'items of a page').argParser(wholeNumber(1, MAX_PAGE)),
    new Option('--cursor <cursor>', 'go on where a page ended'),
    new Option('--all', 'every page'),
  ];
  define(parent, deps, {
    ...definition,
    options: [...filters, ...paging, ...(hasPast ? [past.asOf()] : [])],
    run: (call) => show(call, definition),
  });
};

const show = async (call: Call, definition: ListDefinition): Promise<void> => {
  if (!call.flag('all')) await showPage(call, definition);
  else if (call.output.format === 'jsonl') await showLines(call, definition);
  else await showAll(call, definition);
};

const showPage = async (call: Call, definition: ListDefinition): Promise<void> => {
  const page = await pageAt(call, definition, call.text('cursor'));
  await print(call, definition, page);
  tellBlocked(call, page.blockedIds);
  if (page.nextCursor === undefined || call.output.format !== 'table') return;
  call.io.say(`there is more: --all, or --cursor ${page.nextCursor}`);
};

/** Each page as it comes: there may be more than memory holds. */
const showLines = async (call: Call, definition: ListDefinition): Promise<void> => {
  for await (const { items, blockedIds } of pages(call, definition)) {
    await call.io.out(items.map(lineOf).join(''));
    tellBlocked(call, blockedIds);
  }
};

/** They are shown as if nothing had happened to them since. */
const tellBlocked = ({ io }: Call, ids: readonly string[] = []): void => {
  if (ids.length > 0) io.say(`not up to date, their latest events cannot be taken in: ${ids.join(', ')}`);
};

const showAll = async (call: Call, definition: ListDefinition): Promise<void> => {
  const all: unknown[] = [];
  const blockedIds: string[] = [];
  let position: unknown;
  for await (const each of pages(call, definition)) {
    all.push(...each.items);
    blockedIds.push(...(each.blockedIds ?? []));
    // The oldest page is what the whole reflects at least.
    position ??= each['position'];
  }
  const marks = blockedIds.length === 0 ? {} : { blockedIds };
  await print(call, definition, { items: all, ...marks, ...(position === undefined ? {} : { position }) });
  tellBlocked(call, blockedIds);
};

const print = ({ output }: Call, { columns, adorn = same }: ListDefinition, whole: Page): Promise<void> =>
  output.list(columns, output.format === 'table' ? whole.items.map(adorn) : whole.items, whole);

const same = (item: unknown): unknown => item;

async function* pages(call: Call, definition: ListDefinition): AsyncGenerator<Page> {
  let cursor = call.text('cursor');
  do {
    const next = await pageAt(call, definition, cursor);
    yield next;
    cursor = next.nextCursor;
  } while (cursor !== undefined);
}

const pageAt = async (call: Call, { path, filters = [] }: ListDefinition, cursor?: string): Promise<Page> => {
  const limit = call.number('limit') ?? (call.flag('all') ? MAX_PAGE : undefined);
  const then = asOfIn(call);
  const query = { ...textsOf(call, filters), ...then.query, cursor, limit: limit?.toString() };
  return pageOf(await call.api.get(path(call.args), { query, headers: then.headers }));
};

export const pageOf = (answer: Json): Page => listPage.parse(answer);
