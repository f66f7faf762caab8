import type { Json } from './api.ts';
import type { Io } from './io.ts';
import { card, table } from './table.ts';
import type { Columns } from './table.ts';

export const FORMATS = ['table', 'json', 'jsonl'] as const;
export type Format = (typeof FORMATS)[number];

/** What data looks like: for people as `text` says, or JSON: indented, or a line for each item. */
export type Output = {
  readonly format: Format;
  /** `whole` is what `json` shows; its items are the lines of `jsonl`. */
  readonly list: (columns: Columns, items: readonly unknown[], whole: unknown) => Promise<void>;
  readonly one: (item: unknown, text: () => string) => Promise<void>;
};

export const outputOf = (io: Pick<Io, 'out'>, format: Format): Output => ({
  format,
  list: async (columns, items, whole) => {
    if (format === 'json') return io.out(indented(whole));
    if (format === 'table') return io.out(table(columns, items));
    for (const item of items) await io.out(lineOf(item));
  },
  one: (item, text) => {
    if (format === 'table') return io.out(text());
    return io.out(format === 'json' ? indented(item) : lineOf(item));
  },
});

const indented = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
export const lineOf = (value: unknown): string => `${JSON.stringify(value)}\n`;

/** A card, and below it a table where there is anything to put in it. */
export const cardWithTable = (
  item: Json,
  { head, title, rows, of }: { head: Columns; title: string; rows: Columns; of: readonly unknown[] },
): string => card(head, item) + (of.length === 0 ? '' : `\n${title}\n${table(rows, of)}`);
