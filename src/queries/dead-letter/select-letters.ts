import type { Position } from '../../infra/event-store/port.ts';
import { START } from '../../infra/event-store/port.ts';
import type { Condition, ReadStore } from '../../infra/read-store/port.ts';
import { DEAD_LETTERS } from '../../projections/dead-letters/read-model.ts';
import type { LetterRow } from '../../projections/dead-letters/read-model.ts';
import { bodiesIn, everyPage } from '../list.ts';
import { letterIn, lettersWhere } from './list-letters.ts';
import type { LetterFilter } from './list-letters.ts';

/** Which letters: these, or all that are parked and match. */
export type Selection = {
  readonly ids?: readonly string[] | undefined;
  readonly fingerprint?: string | undefined;
  readonly filter?: Omit<LetterFilter, 'state'> | undefined;
};

export type Selected = {
  readonly letters: readonly LetterRow[];
  /** Ids that were named, and that the read model does not know. */
  readonly unknown: readonly string[];
  /** There are more than were asked for. */
  readonly isCut: boolean;
  readonly position: Position;
};

const PAGE = 500;
const AT_ONCE = 50;

/** The letters a selection names, the oldest first; of those that match at most `most`. */
export const selectLetters =
  (store: ReadStore) =>
  async ({ ids, fingerprint, filter }: Selection, most: number): Promise<Selected> => {
    if (ids !== undefined) return named(store, [...new Set(ids)]);
    const where = lettersWhere({ ...filter, ...(fingerprint === undefined ? {} : { fingerprint }) });
    const found = await findAll(store, [...where, PARKED], most + 1);
    const isCut = found.letters.length > most;
    return { ...found, letters: found.letters.slice(0, most), unknown: [], isCut };
  };

const PARKED: Condition = { field: 'state', op: 'eq', value: 'parked' };

const named = async (store: ReadStore, ids: readonly string[]): Promise<Selected> => {
  const letters: LetterRow[] = [];
  const unknown: string[] = [];
  let reflected: Position = START;
  for (let start = 0; start < ids.length; start += AT_ONCE) {
    const slice = ids.slice(start, start + AT_ONCE);
    const found = await Promise.all(slice.map((id) => store.get(DEAD_LETTERS, id)));
    found.forEach(({ document, position }, index) => {
      const body = document?.body ?? null;
      if (body === null) unknown.push(slice[index] ?? '');
      else letters.push(letterIn(body));
      reflected = position;
    });
  }
  return { letters, unknown, isCut: false, position: reflected };
};

/** Documents that match, the oldest first, at most `most`. */
export const findAll = async (
  store: ReadStore,
  where: readonly Condition[],
  most: number,
): Promise<{ readonly letters: readonly LetterRow[]; readonly position: Position }> => {
  const letters: LetterRow[] = [];
  let position: Position = START;
  const query = { where, sort: { field: 'parkedAt', direction: 'asc' }, limit: PAGE } as const;
  for await (const page of everyPage(store, DEAD_LETTERS, query)) {
    letters.push(...bodiesIn(page.documents).map(letterIn));
    position = page.position;
    if (letters.length >= most) break;
  }
  return { letters: letters.slice(0, most), position };
};
