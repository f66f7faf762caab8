import { z } from 'zod';
import type { Body, Condition, ReadStore } from '../../infra/read-store/port.ts';
import {
  DEAD_LETTERS,
  letterRow,
  letterState,
  letterSummary,
} from '../../projections/dead-letters/read-model.ts';
import type { LetterRow, LetterSummary } from '../../projections/dead-letters/read-model.ts';
import { countsOf, equal, has, listOf, within } from '../list.ts';
import type { ListPage, PageRequest } from '../list.ts';

export type LetterFilter = {
  readonly state?: string | undefined;
  readonly topic?: string | undefined;
  readonly code?: string | undefined;
  readonly fingerprint?: string | undefined;
  readonly flowId?: string | undefined;
  readonly instanceId?: string | undefined;
  /** Selected by this redrive, whatever came of it. */
  readonly redriveId?: string | undefined;
  /** When it was parked. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
};

export const letterSorts = ['parkedAt', 'updatedAt'] as const;

export const listLetters =
  (store: ReadStore) =>
  (filter: LetterFilter, page: PageRequest): Promise<ListPage<LetterSummary>> =>
    listOf(store, DEAD_LETTERS, { ...page, where: lettersWhere(filter) }, (body) =>
      summaryOf(letterIn(body)),
    );

export const countLetters = (store: ReadStore) => (filter: LetterFilter) =>
  countsOf(store, DEAD_LETTERS, { field: 'state', values: letterState.options }, lettersWhere(filter));

/** What a row must meet to be of the filter: all that is given in it. */
export const lettersWhere = (filter: LetterFilter): readonly Condition[] => [
  ...equal('state', filter.state),
  ...equal('topic', filter.topic),
  ...equal('code', filter.code),
  ...equal('fingerprint', filter.fingerprint),
  ...equal('flowId', filter.flowId),
  ...equal('instanceId', filter.instanceId),
  ...has('redrives', filter.redriveId),
  ...within('parkedAt', filter.from, filter.to),
];

export const letterIn = (body: Body): LetterRow => letterRow.parse(body);

const summary = z.object(letterSummary.shape);

/** Without what only filters and orders need. */
export const summaryOf = (row: LetterRow): LetterSummary => summary.parse(row);
