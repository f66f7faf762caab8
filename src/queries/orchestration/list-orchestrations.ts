import type { ReadStore } from '../../infra/read-store/port.ts';
import { ORCHESTRATIONS, orchestrationView } from '../../projections/orchestration/read-model.ts';
import type { OrchestrationView } from '../../projections/orchestration/read-model.ts';
import { countsOf, equal, has, listOf, startsWith, within } from '../list.ts';
import type { ListPage, PageRequest } from '../list.ts';

export type OrchestrationFilter = {
  readonly status?: string | undefined;
  readonly type?: string | undefined;
  readonly initiator?: string | undefined;
  /** What the name starts with. */
  readonly prefix?: string | undefined;
  /** A step that nobody serves. */
  readonly missing?: string | undefined;
  /** A service that serves one of its steps. */
  readonly service?: string | undefined;
  /** When it was registered first. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
};

export const orchestrationSorts = ['orchName', 'updatedAt', 'createdAt', 'status'] as const;

export const listOrchestrations =
  (store: ReadStore) =>
  (filter: OrchestrationFilter, page: PageRequest): Promise<ListPage<OrchestrationView>> => {
    const where = [
      ...equal('status', filter.status),
      ...equal('type', filter.type),
      ...equal('initiator', filter.initiator),
      ...startsWith('orchName', filter.prefix),
      ...has('missingWorkers', filter.missing),
      ...has('services', filter.service),
      ...within('createdAt', filter.from, filter.to),
    ];
    return listOf(store, ORCHESTRATIONS, { ...page, where }, (body) => orchestrationView.parse(body));
  };

export const countOrchestrations = (store: ReadStore) => () =>
  countsOf(store, ORCHESTRATIONS, { field: 'status', values: orchestrationView.shape.status.options });
