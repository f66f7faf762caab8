import { z } from 'zod';
import type { Json } from './api.ts';
import { bold, card, inParts, listAt, printable, section, valueAt } from './table.ts';

const difference = z.looseObject({ kind: z.enum(['same', 'removed', 'added']), text: z.string() });
const MARKS = { same: ' ', removed: '-', added: '+' } as const;

/** A dead letter for people. */
export const letterText = (letter: Json): string =>
  inParts(
    card(
      {
        LETTER: 'id',
        STATE: 'state',
        CODE: 'code',
        DETAIL: 'detail',
        WHERE: 'pointer',
        TOPIC: 'topic',
        PARTITION: 'partition',
        OFFSET: 'offset',
        FLOW: 'flowId',
        BEHIND: 'behind',
        KEY: 'key.data',
        SIZE: 'size',
        'CUT OFF': 'truncated',
        EDITION: 'edition',
        TRIES: 'tries',
        REDRIVE: 'redriveId',
        OUTCOME: 'outcome',
      },
      letter,
    ),
    valueText(letter),
    ...listAt(letter, 'editions').map(editionText),
    section('Headers', listAt(letter, 'headers'), { NAME: 'name', VALUE: 'value.data' }),
    section('History', listAt(letter, 'history'), {
      ...{ AT: 'at', BY: 'by', WHAT: 'what', EDITION: 'edition', CODE: 'code', REASON: 'reason' },
    }),
  );

const valueText = (letter: Json): string => {
  const data = valueAt(letter, 'value.data');
  const encoding = String(valueAt(letter, 'value.encoding'));
  return typeof data === 'string' ? `${bold(`Value (${encoding})`)}\n${lines(data)}\n` : '';
};

const editionText = (edition: unknown): string => {
  const title = `Edition ${String(valueAt(edition, 'edition'))} by ${String(valueAt(edition, 'by'))}`;
  const reason = printable(String(valueAt(edition, 'reason')));
  const diff = diffText(valueAt(edition, 'diff'));
  return `${bold(printable(title))}: ${reason}\n${diff === '' ? '' : `${diff}\n`}`;
};

/** What changed, a line each; empty where nothing can be told. */
export const diffText = (diff: unknown): string => {
  const parsed = z.array(difference).safeParse(diff);
  if (!parsed.success) return '';
  return parsed.data.map(({ kind, text }) => lines(text, `${MARKS[kind]} `)).join('\n');
};

const lines = (text: string, before = ''): string =>
  text
    .replace(/\r?\n$/, '')
    .split(/\r?\n/)
    .map((line) => `${before}${printable(line)}`)
    .join('\n');
