import { START } from '../../infra/event-store/port.ts';
import type { Position } from '../../infra/event-store/port.ts';
import type { Body, Condition, Keyset, ReadStore, StoredDocument } from '../../infra/read-store/port.ts';
import { sagaRow, SAGAS } from '../../projections/sagas/read-model.ts';
import type { SagaRow, Timer } from '../../projections/sagas/read-model.ts';
import { blockedAmong, bodiesIn, equal, everyPage, toldOtherForm } from '../list.ts';
import type { ListPage, PageRequest } from '../list.ts';
import { timersOf } from './timers-of-run.ts';

export type TimerFilter = {
  readonly orchName?: string | undefined;
  /** Whose runs the caller may see, where that is not everybody's. */
  readonly ownedBy?: string | undefined;
  /** Due before this. */
  readonly before?: string | undefined;
};

export const timerSorts = ['dueAt'] as const;

/** What runs do by themselves at a known time, one item a timer, the next one first. A paused run has none. */
export const listTimers =
  (store: ReadStore) =>
  async (
    { orchName, ownedBy, before }: TimerFilter,
    { sort: { direction }, after, limit }: PageRequest,
  ): Promise<ListPage<Timer>> => {
    const where = [...equal('orchName', orchName), ...equal('owner', ownedBy)];
    const page: TimerPage = { direction, after: after === undefined ? undefined : keyOf(after), limit };
    const [runs, straddling] = await Promise.all([
      nextRuns(store, [...where, ...dueBefore(before)], page),
      straddlingRuns(store, where, page),
    ]);
    const sign = direction === 'asc' ? 1 : -1;
    const documents = [...runs.documents, ...straddling.documents];
    const timers = rowsOf(documents)
      .flatMap(timersOf)
      .filter((timer) => (before === undefined || timer.dueAt < before) && isBehind(timer, page))
      .sort((a, b) => sign * compare(a, b));
    const items = timers.slice(0, limit);
    const last = items.at(-1);
    const isMore = timers.length > limit || runs.next !== undefined;
    const next = last !== undefined && isMore ? { next: { value: last.dueAt, id: last.id } } : {};
    const position = runs.position < straddling.position ? runs.position : straddling.position;
    const shown = new Set(items.map(({ flowId }) => flowId));
    return { items, ...next, position, ...blockedAmong(documents.filter(({ id }) => shown.has(id))) };
  };

type Key = Pick<Timer, 'dueAt' | 'id'>;
type TimerPage = {
  readonly direction: 'asc' | 'desc';
  readonly after: Key | undefined;
  readonly limit: number;
};

const keyOf = ({ value, id }: Keyset): Key => ({ dueAt: String(value), id });

const compare = (a: Key, b: Key): number =>
  a.dueAt === b.dueAt ? compareText(a.id, b.id) : compareText(a.dueAt, b.dueAt);
const compareText = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

const isBehind = (timer: Timer, { direction, after }: TimerPage): boolean =>
  after === undefined || (direction === 'asc' ? compare(timer, after) > 0 : compare(timer, after) < 0);

const dueBefore = (before: string | undefined): readonly Condition[] => [
  before === undefined ? { field: 'due', op: 'gte', value: '' } : { field: 'due', op: 'lt', value: before },
];

/** Runs by their earliest timer, from where the page begins. A timer's id begins with its run's. */
const nextRuns = (store: ReadStore, where: readonly Condition[], { direction, after, limit }: TimerPage) => {
  const from = after === undefined ? {} : { after: { value: after.dueAt, id: runOf(after) } };
  // One more run than items: whether there is a next page.
  const most = Math.min(limit + 1, MOST);
  return store.find(SAGAS, { where, sort: { field: 'due', direction }, limit: most, ...from });
};

const MOST = 500;
const runOf = ({ id }: Key): string => id.slice(0, id.indexOf('/'));

/** Runs with several timers, some before the place where the page begins and some behind it. Few have several. */
const straddlingRuns = async (
  store: ReadStore,
  where: readonly Condition[],
  { direction, after }: TimerPage,
): Promise<Pick<ListPage<never>, 'position'> & { readonly documents: readonly StoredDocument[] }> => {
  const sort = { field: 'lastDue', direction: 'asc' } as const;
  const query = { where: [...where, ...placeOf(direction, after)], sort, limit: MOST };
  const documents: StoredDocument[] = [];
  let position: Position = START;
  for await (const page of everyPage(store, SAGAS, query)) {
    documents.push(...page.documents);
    position = page.position;
  }
  return { documents, position };
};

const placeOf = (direction: 'asc' | 'desc', after: Key | undefined): readonly Condition[] => {
  const isSeveral = { field: 'lastDue', op: 'gte', value: '' } as const;
  // Going forwards from the start, the earliest timers lead to all of them.
  if (after === undefined) return direction === 'asc' ? [{ ...isSeveral, op: 'lt' }] : [isSeveral];
  if (direction === 'desc') return [isSeveral, { field: 'due', op: 'lte', value: after.dueAt }];
  return [
    { field: 'lastDue', op: 'gte', value: after.dueAt },
    { field: 'due', op: 'lte', value: after.dueAt },
  ];
};

const rowOf = (body: Body): SagaRow => {
  const { data, error } = sagaRow.safeParse(body);
  return data ?? toldOtherForm(error);
};

/** Each run once. */
const rowsOf = (documents: readonly StoredDocument[]) =>
  bodiesIn([...new Map(documents.map((document) => [document.id, document])).values()]).map(rowOf);
