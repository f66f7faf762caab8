import { START } from '../../infra/event-store/port.ts';
import type { Position } from '../../infra/event-store/port.ts';
import type { Keyset, ReadStore } from '../../infra/read-store/port.ts';
import type { Timer } from '../../projections/sagas/read-model.ts';
import type { ListPage } from '../list.ts';
import { listTimers } from './list-timers.ts';
import type { TimerFilter } from './list-timers.ts';

export type TimerSelection = TimerFilter & {
  readonly step?: string | undefined;
  readonly kind?: Timer['kind'] | undefined;
  /** Due at or after this. */
  readonly from?: string | undefined;
};

export type SelectedTimers = {
  /** The runs they belong to, each once, the one whose timer is due next first. */
  readonly flowIds: readonly string[];
  readonly timers: number;
  /** The next so many. */
  readonly first: readonly Timer[];
  /** There are more runs than were asked for; those due next were taken. */
  readonly isCut: boolean;
  readonly position: Position;
};

const PAGE = 500;
/** What a preview shows. */
const FIRST = 100;

/** The timers that match, of at most so many runs, and which those are. */
export const selectTimers =
  (store: ReadStore) =>
  async (selection: TimerSelection, mostRuns: number): Promise<SelectedTimers> => {
    const flowIds = new Set<string>();
    const first: Timer[] = [];
    let timers = 0;
    let position: Position | undefined;
    for await (const page of pagesOf(store, selection)) {
      const matching = page.items.filter((timer) => isOf(timer, selection));
      for (const { flowId } of matching) flowIds.add(flowId);
      first.push(...matching.slice(0, FIRST - first.length));
      timers += matching.length;
      // The oldest page is what the whole reflects at least.
      position ??= page.position;
      if (flowIds.size > mostRuns) break;
    }
    const isCut = flowIds.size > mostRuns;
    return { flowIds: [...flowIds].slice(0, mostRuns), timers, first, isCut, position: position ?? START };
  };

async function* pagesOf(
  store: ReadStore,
  { orchName, ownedBy, before, from }: TimerSelection,
): AsyncGenerator<ListPage<Timer>> {
  const list = listTimers(store);
  // Of several timers due at one time each has an id after the empty one.
  let after: Keyset | undefined = from === undefined ? undefined : { value: from, id: '' };
  do {
    const page = await list(
      { orchName, ownedBy, before },
      { ...SORTED, ...(after === undefined ? {} : { after }) },
    );
    yield page;
    after = page.next;
  } while (after !== undefined);
}

const SORTED = { sort: { field: 'dueAt', direction: 'asc' }, limit: PAGE } as const;

const isOf = (timer: Timer, { step, kind }: TimerSelection): boolean =>
  (step === undefined || timer.step === step) && (kind === undefined || timer.kind === kind);
