import type { ReadStore } from '../../infra/read-store/port.ts';
import { SAGA_TIMELINE, timelineEntry } from '../../projections/saga-timeline/read-model.ts';
import type { TimelineEntry } from '../../projections/saga-timeline/read-model.ts';
import { equal, listOf } from '../list.ts';
import type { ListPage, PageRequest } from '../list.ts';

/** What happened to one run, in words. */
export const listTimeline =
  (store: ReadStore) =>
  (flowId: string, page: PageRequest): Promise<ListPage<TimelineEntry>> =>
    listOf(store, SAGA_TIMELINE, { ...page, where: equal('flowId', flowId) }, (body) =>
      timelineEntry.parse(body),
    );
