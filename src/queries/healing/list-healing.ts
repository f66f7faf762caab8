import { START } from '../../infra/event-store/port.ts';
import type { Position } from '../../infra/event-store/port.ts';
import type { Condition, ReadStore } from '../../infra/read-store/port.ts';
import { diary, HEALING } from '../../projections/healing/read-model.ts';
import type { Diary, DiaryView, Incident, IncidentView } from '../../projections/healing/read-model.ts';
import { SAGAS } from '../../projections/sagas/read-model.ts';
import { equal, has, listOf, totalOf } from '../list.ts';
import type { ListPage, PageRequest } from '../list.ts';

export type HealingFilter = {
  readonly orchName?: string | undefined;
  readonly step?: string | undefined;
  readonly open?: boolean | undefined;
};

/** The diary of self-healing: per step what was missing, for how long, who waited and how they went on. */
export const listHealing =
  (store: ReadStore) =>
  async ({ open, ...filter }: HealingFilter, page: PageRequest): Promise<ListPage<DiaryView>> => {
    const where = [...equal('orchName', filter.orchName), ...equal('step', filter.step)];
    if (open === undefined) return pageOf(store, where, page);
    // What the diary calls over is so for ever; what it calls open may be over, where the runs that waited have ended.
    return matching(open, page, (next) =>
      pageOf(store, open ? [...where, ...equal('open', true)] : where, next),
    );
  };

/** A page of those that are open, or over, as they are shown. */
const matching = async (
  open: boolean,
  { limit, ...order }: PageRequest,
  read: (page: PageRequest) => Promise<ListPage<DiaryView>>,
): Promise<ListPage<DiaryView>> => {
  const first = ofThose(open, await read({ ...order, limit }));
  const items = [...first.items];
  const blockedIds = [...first.blockedIds];
  let { next } = first;
  while (next !== undefined && items.length < limit) {
    const page: ListPage<DiaryView> = await read({ ...order, after: next, limit: limit - items.length });
    const more = ofThose(open, page);
    items.push(...more.items);
    blockedIds.push(...more.blockedIds);
    ({ next } = page);
  }
  return {
    ...{ items, position: first.position },
    ...(next === undefined ? {} : { next }),
    ...(blockedIds.length === 0 ? {} : { blockedIds }),
  };
};

const ofThose = (open: boolean, { items: all, blockedIds = [], ...rest }: ListPage<DiaryView>) => {
  const items = all.filter((found) => found.open === open);
  const ids = new Set(items.map(({ orchName, step }) => `${orchName}/${step}`));
  return { ...rest, items, blockedIds: blockedIds.filter((id) => ids.has(id)) };
};

const pageOf = async (
  store: ReadStore,
  where: readonly Condition[],
  page: PageRequest,
): Promise<ListPage<DiaryView>> => {
  for (let tries = 1; ; tries += 1) {
    const { items, ...rest } = await listOf(store, HEALING, { ...page, where }, (body) => diary.parse(body));
    const counted = await Promise.all(items.map((found) => waitingNow(store, found)));
    const isSettled = counted.every(({ position }) => position <= rest.position);
    if (!isSettled && tries < TRIES) continue;
    const views = items.map((found, index) => viewOf(found, waitingAt(rest.position, counted[index])));
    return { items: views, ...rest };
  }
};

/** Both read models move on all the time: how often to look again until they are seen at one position. */
const TRIES = 4;

type Counted = { readonly waiting: number; readonly position: Position };

/** A run that ended while it waited is in no diary: who still waits is what the runs themselves say. */
const waitingNow = async (store: ReadStore, { orchName, step, open }: Diary): Promise<Counted> => {
  if (!open) return { waiting: 0, position: START };
  const where: readonly Condition[] = [...equal('orchName', orchName), ...has('missing', step)];
  const { counts, position } = await store.countBy(SAGAS, 'status', where);
  return { waiting: totalOf(counts), position };
};

/** Runs seen later than the diary say nothing of it: nobody is called gone who may just have gone on. */
const waitingAt = (position: Position, counted: Counted | undefined): number =>
  counted === undefined || counted.position > position ? Infinity : counted.waiting;

const viewOf = (found: Diary, waiting: number): DiaryView => {
  const { orchName, step, incidents, earlier, position } = found;
  const latest = incidentView(found.latest, waiting);
  return {
    ...{ orchName, step, open: latest.state !== 'over', incidents, latest },
    earlier: earlier.map((incident) => incidentView(incident, 0)),
    position,
  };
};

const incidentView = (incident: Incident, stillWaiting: number): IncidentView => {
  const { since, until, suppliedAt, suppliedBy, waited, resumed } = incident;
  const { firstResumedAt, lastResumedAt, peakPerSecond } = incident;
  const left = waited - resumed;
  const waiting = Math.min(left, stillWaiting);
  const state = stateOf(incident, waiting);
  return {
    ...{ since, until: state === 'over' ? (until ?? lastResumedAt ?? suppliedAt) : null, state },
    ...{ suppliedAt, suppliedBy, waited, resumed, waiting, gone: left - waiting },
    ...{ firstResumedAt, lastResumedAt, peakPerSecond },
  };
};

/** Once a worker is there, an incident is over when nobody waits any more: went on, or gone. */
const stateOf = (
  { until, suppliedAt }: Pick<Incident, 'until' | 'suppliedAt'>,
  waiting: number,
): IncidentView['state'] => {
  if (until !== null || (suppliedAt !== null && waiting === 0)) return 'over';
  return suppliedAt === null ? 'missing' : 'resuming';
};
