import { stripVTControlCharacters, styleText } from 'node:util';
import { memberOf } from '../../domain/member-of.ts';

/** Column title to the place of its value in an item, with dots between members: `waiting.reason`. */
export type Columns = Readonly<Record<string, string>>;

const NOTHING = '-';
const GAP = '  ';
const WIDEST = 80;
const COLOURS: Readonly<Record<string, 'green' | 'red' | 'yellow'>> = {
  COMPLETED: 'green',
  SUCCESS: 'green',
  live: 'green',
  ok: 'green',
  FAILED: 'red',
  UNDO_FAILED: 'red',
  fail: 'red',
  WAITING: 'yellow',
  silent: 'yellow',
  deaf: 'yellow',
  warn: 'yellow',
};

/** Aligned columns with a line of titles. Colours appear on a terminal only, and never with NO_COLOR. */
export const table = (columns: Columns, items: readonly unknown[]): string => {
  const titles = Object.keys(columns);
  const rows = items.map((item) =>
    Object.values(columns)
      .map((path) => cellOf(valueAt(item, path)))
      .map(cutUnlessLast),
  );
  const widths = titles.map((title, index) =>
    Math.max(title.length, ...rows.map((row) => row[index]?.length ?? 0)),
  );
  const line = (cells: readonly string[], style: (text: string) => string): string =>
    cells
      .map((text, index) => style(text) + ' '.repeat((widths[index] ?? 0) - text.length))
      .join(GAP)
      .trimEnd();
  return [line(titles, bold), ...rows.map((row) => line(row, coloured))].join('\n') + '\n';
};

/** One thing, a line for each member that the columns name. */
export const card = (columns: Columns, item: unknown): string => {
  const width = Math.max(...Object.keys(columns).map((title) => title.length));
  return Object.entries(columns)
    .map(([title, path]) => `${bold(title.padEnd(width))}${GAP}${coloured(cellOf(valueAt(item, path)))}\n`)
    .join('');
};

/** A table under a title; nothing where it would be empty. */
export const section = (title: string, items: readonly unknown[], columns: Columns): string =>
  items.length === 0 ? '' : `${bold(title)}\n${table(columns, items)}`;

/** What there is to show of one thing, a blank line between its parts. */
export const inParts = (...parts: readonly string[]): string =>
  parts.filter((part) => part !== '').join('\n');

export const bold = (text: string): string => styleText('bold', text);

const coloured = (text: string): string => {
  const colour = COLOURS[text];
  return colour === undefined ? text : styleText(colour, text);
};

export const valueAt = (item: unknown, path: string): unknown =>
  path.split('.').reduce<unknown>(memberOf, item);

const cellOf = (value: unknown): string => printable(plain(value));

/** A long text in the last column pushes nothing aside. */
const cutUnlessLast = (text: string, index: number, row: readonly string[]): string =>
  text.length > WIDEST && index < row.length - 1 ? `${text.slice(0, WIDEST - 1)}…` : text;

const plain = (value: unknown): string => {
  if (value === undefined || value === null || value === '') return NOTHING;
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.length === 0 ? NOTHING : value.map(plain).join(', ');
  return JSON.stringify(value);
};

/** Text of workers and clients ends up on a terminal: it must not steer it. */
export const printable = (text: string): string =>
  stripVTControlCharacters(text).replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ');

export const listAt = (item: unknown, path: string): readonly unknown[] => {
  const found = valueAt(item, path);
  return Array.isArray(found) ? found : [];
};
