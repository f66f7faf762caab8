import type { Json } from './api.ts';
import { bold, card, inParts, listAt, printable, section, valueAt } from './table.ts';

/** Why a run stands where it stands, for people. */
export const explanationText = (answer: Json): string =>
  inParts(
    card({ FLOW: 'flowId', ORCHESTRATION: 'orchName', STATUS: 'status' }, answer),
    `${sentence(answer, 'words')}\n`,
    section('Open steps', listAt(answer, 'steps'), {
      STEP: 'step',
      ACTION: 'action',
      REASON: 'reason',
      SINCE: 'since',
      'HELD BY': 'held.by',
      WHY: 'words',
    }),
    section('What can be done', listAt(answer, 'commands'), {
      COMMAND: 'command',
      STEP: 'step',
      WHAT: 'words',
    }),
    nextText(answer),
    section('Where the time went', listAt(answer, 'time.spent').map(withPercent), {
      REASON: 'reason',
      MS: 'ms',
      '%': 'percent',
    }),
  );

export const undoPlanText = (answer: Json): string =>
  inParts(
    card({ FLOW: 'flowId', ORCHESTRATION: 'orchName', STATUS: 'status', 'CAN UNDO': 'canUndo' }, answer),
    `${sentence(answer, 'words')}\n`,
    section('Undone in this order', listAt(answer, 'steps'), {
      '#': 'order',
      STEP: 'step',
      STATE: 'state',
      OUTCOME: 'outcome',
      AFTER: 'after',
    }),
    section('Stays as it is', listAt(answer, 'irreversible'), { STEP: 'step', OUTCOME: 'outcome' }),
  );

const nextText = (answer: Json): string =>
  valueAt(answer, 'next') === null ? '' : `${bold('Next')}  ${sentence(answer, 'next.words')}\n`;

const sentence = (answer: Json, path: string): string => {
  const text = valueAt(answer, path);
  return typeof text === 'string' ? printable(text) : '';
};

const withPercent = (spent: unknown): unknown => {
  const share = valueAt(spent, 'share');
  const percent = typeof share === 'number' ? (share * 100).toFixed(1) : null;
  return { reason: valueAt(spent, 'reason'), ms: valueAt(spent, 'ms'), percent };
};
