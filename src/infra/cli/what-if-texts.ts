import type { Json } from './api.ts';
import { card, inParts, listAt, section, valueAt } from './table.ts';

/** What a run would have done under another definition, for people. */
export const whatIfText = (run: Json): string =>
  inParts(
    card(HEAD, run),
    section('Why', listAt(run, 'why'), { CODE: 'code', STEP: 'step', DETAIL: 'detail' }),
    section('What differs', listAt(run, 'differences').map(withFields), {
      ...{ KIND: 'kind', REVISION: 'revision', EVENT: 'type', ...ATTEMPT },
      FIELDS: 'fields',
    }),
    section('Would have been refused', listAt(run, 'refused'), REFUSED),
    section('Assumed', listAt(run, 'assumed'), { ...ATTEMPT, OUTCOME: 'outcome' }),
  );

const HEAD = {
  FLOW: 'flowId',
  ORCHESTRATION: 'orchName',
  STATUS: 'status',
  'WOULD BE': 'decidedStatus',
  VERDICT: 'verdict',
  'PARTS AT': 'firstDivergence.words',
  'NEWLY RUN': 'steps.newlyRun',
  SKIPPED: 'steps.skipped',
  'NEWLY UNDONE': 'steps.newlyUndone',
  'NOT UNDONE': 'steps.notUndone',
} as const;
const REFUSED = { REVISION: 'revision', EVENT: 'type', CODE: 'code' } as const;
const ATTEMPT = { STEP: 'step', ACTION: 'action', ATTEMPT: 'attempt' } as const;

/** A row of a list of runs. */
export const WHAT_IF_COLUMNS = {
  FLOW: 'flowId',
  STATUS: 'status',
  VERDICT: 'verdict',
  'NEWLY RUN': 'steps.newlyRun',
  SKIPPED: 'steps.skipped',
  WHY: 'reasons',
} as const;

export const withReasons = (run: unknown): unknown => ({
  ...(typeof run === 'object' ? run : {}),
  reasons: listAt(run, 'why').map((why) => valueAt(why, 'detail')),
});

const withFields = (difference: unknown): unknown => ({
  ...(typeof difference === 'object' ? difference : {}),
  fields: listAt(difference, 'changes').map((change) => valueAt(change, 'field')),
});
