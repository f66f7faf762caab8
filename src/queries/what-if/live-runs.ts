import { z } from 'zod';
import type { Keyset, ReadStore } from '../../infra/read-store/port.ts';
import { OPEN_RUNS } from '../../projections/saga/read-model.ts';
import { SAGAS } from '../../projections/sagas/read-model.ts';
import { among, bodiesIn, equal } from '../list.ts';
import type { ListPage, PageRequest } from '../list.ts';

export type LiveRun = { readonly flowId: string; readonly key: Keyset };
type Which = { readonly orchName: string; readonly ownedBy: string | undefined };

const row = z.looseObject({ flowId: z.string(), startedAt: z.string() });

/** The runs of an orchestration that have not ended, each with where a page that ends with it goes on. */
export const liveRuns = async (
  store: Pick<ReadStore, 'find'>,
  { orchName, ownedBy }: Which,
  page: PageRequest,
): Promise<ListPage<LiveRun>> => {
  const where = [...equal('orchName', orchName), ...equal('owner', ownedBy), among('status', OPEN_RUNS)];
  const { documents, ...rest } = await store.find(SAGAS, { ...page, where });
  return { ...rest, items: bodiesIn(documents).map(liveOf) };
};

const liveOf = (body: object): LiveRun => {
  const { flowId, startedAt } = row.parse(body);
  return { flowId, key: { value: startedAt, id: flowId } };
};
