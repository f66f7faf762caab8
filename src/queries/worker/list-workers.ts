import type { StandingOf } from '../../domain/liveness.ts';
import type { ReadStore } from '../../infra/read-store/port.ts';
import { worker, WORKERS } from '../../projections/workers/read-model.ts';
import type { WorkerView } from '../../projections/workers/read-model.ts';
import { equal, has, listOf } from '../list.ts';
import type { ListPage, PageRequest } from '../list.ts';

export type WorkerFilter = {
  readonly service?: string | undefined;
  readonly orchName?: string | undefined;
  /** One of the orchestration's steps. */
  readonly step?: string | undefined;
};

export const workerSorts = ['service', 'updatedAt'] as const;

/** Who serves what, and whether anything was heard of them. */
export const listWorkers =
  (store: ReadStore, livenessOf: StandingOf) =>
  ({ service, orchName, step }: WorkerFilter, page: PageRequest): Promise<ListPage<WorkerView>> => {
    const served = step === undefined || orchName === undefined ? undefined : `${orchName}/${step}`;
    const where = [...equal('service', service), ...has('orchNames', orchName), ...has('serves', served)];
    return listOf(store, WORKERS, { ...page, where }, async (body) => {
      const { service: name, orchestrations, registeredAt, updatedAt, position } = worker.parse(body);
      return {
        ...{ service: name, orchestrations, registeredAt, updatedAt, position },
        liveness: await livenessOf(name),
      };
    });
  };
