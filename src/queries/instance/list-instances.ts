import type { Body, Condition, ReadStore } from '../../infra/read-store/port.ts';
import {
  INSTANCES,
  instanceRow,
  instanceStatus,
  storageStatus,
} from '../../projections/instances/read-model.ts';
import type { InstanceSummary } from '../../projections/instances/read-model.ts';
import { countsOf, equal, has, listOf, within } from '../list.ts';
import type { ListPage, PageRequest } from '../list.ts';
import { summaryOf } from './get-instance.ts';

export type InstanceFilter = {
  readonly kind?: string | undefined;
  readonly status?: string | undefined;
  readonly storageStatus?: string | undefined;
  readonly errorCategory?: string | undefined;
  readonly sourceApplicationId?: string | undefined;
  readonly sourceApplicationIntegrationId?: string | undefined;
  readonly integrationId?: string | undefined;
  /** Any of those it went under. */
  readonly correlationId?: string | undefined;
  readonly held?: boolean | undefined;
  readonly owner?: string | undefined;
  /** Whose instances the caller may see, where that is not everybody's. */
  readonly ownedBy?: string | undefined;
  /** When it was made. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
};

export const instanceSorts = ['createdAt', 'updatedAt', 'id'] as const;

export const listInstances =
  (store: ReadStore) =>
  (filter: InstanceFilter, page: PageRequest): Promise<ListPage<InstanceSummary>> =>
    listOf(store, INSTANCES, { ...page, sort: orderOf(page), where: conditionsOf(filter) }, inList);

/** How many there are by status, and by what is kept of them. */
export const countInstances = (store: ReadStore) => async (filter: InstanceFilter) => {
  const where = conditionsOf(filter);
  const [byStatus, byStorage] = await Promise.all([
    countsOf(store, INSTANCES, { field: 'status', values: instanceStatus.options }, where),
    countsOf(store, INSTANCES, { field: 'storageStatus', values: storageStatus.options }, where),
  ]);
  return { ...byStatus, storage: byStorage.counts };
};

/** By number, not by text. */
const orderOf = ({ sort }: PageRequest): PageRequest['sort'] =>
  sort.field === 'id' ? { ...sort, field: 'order' } : sort;

const conditionsOf = (filter: InstanceFilter): readonly Condition[] => [
  ...equal('kind', filter.kind),
  ...equal('status', filter.status),
  ...equal('storageStatus', filter.storageStatus),
  ...equal('errorCategory', filter.errorCategory),
  ...equal('sourceApplicationId', filter.sourceApplicationId),
  ...equal('sourceApplicationIntegrationId', filter.sourceApplicationIntegrationId),
  ...equal('integrationId', filter.integrationId),
  ...has('correlationIds', filter.correlationId),
  ...equal('held', filter.held),
  ...equal('owner', filter.owner),
  ...equal('owner', filter.ownedBy),
  ...within('createdAt', filter.from, filter.to),
];

const inList = (body: Body): InstanceSummary => summaryOf(instanceRow.parse(body));
