import { bold, printable, valueAt } from './table.ts';

const WIDTHS = { revision: 8, at: 24, type: 24 };
const DATA = 80;

const lineOfCells = (revision: string, at: string, type: string, data: string): string =>
  `${revision.padStart(WIDTHS.revision)}  ${at.padEnd(WIDTHS.at)}  ${type.padEnd(WIDTHS.type)}  ${data}\n`;

export const EVENT_TITLES = bold(lineOfCells('REVISION', 'RECORDED', 'TYPE', 'DATA').trimEnd()) + '\n';

const textOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? printable(String(value)) : '-';

/** One event as a line of fixed columns: they fit whatever comes next. */
export const eventLine = (event: unknown): string => {
  const text = (path: string): string => textOf(valueAt(event, path));
  const data = printable(JSON.stringify(valueAt(event, 'data') ?? null));
  const shown = data.length > DATA ? `${data.slice(0, DATA - 1)}…` : data;
  return lineOfCells(text('revision'), text('metadata.recordedAt'), text('type'), shown);
};
