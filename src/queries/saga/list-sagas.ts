import type { Body, Condition, ReadStore } from '../../infra/read-store/port.ts';
import { sagaStatus } from '../../projections/saga/read-model.ts';
import { sagaRow, SAGAS } from '../../projections/sagas/read-model.ts';
import type { SagaRow, SagaSummary } from '../../projections/sagas/read-model.ts';
import { countsOf, equal, has, listOf, within } from '../list.ts';
import type { ListPage, PageRequest } from '../list.ts';

export type SagaFilter = {
  readonly status?: string | undefined;
  readonly orchName?: string | undefined;
  readonly initiator?: string | undefined;
  readonly type?: string | undefined;
  readonly owner?: string | undefined;
  /** Whose runs the caller may see, where that is not everybody's. */
  readonly ownedBy?: string | undefined;
  readonly correlationId?: string | undefined;
  /** The waiting reason it shows. */
  readonly waiting?: string | undefined;
  /** A step that waits for a worker. */
  readonly missing?: string | undefined;
  /** When it started. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
};

export const sagaSorts = ['startedAt', 'endedAt', 'orchName', 'status'] as const;

export const listSagas =
  (store: ReadStore) =>
  (filter: SagaFilter, page: PageRequest): Promise<ListPage<SagaSummary>> =>
    listOf(store, SAGAS, { ...page, where: conditionsOf(filter) }, summaryOf);

export const countSagas = (store: ReadStore) => (filter: SagaFilter) =>
  countsOf(store, SAGAS, { field: 'status', values: sagaStatus.options }, conditionsOf(filter));

const conditionsOf = (filter: SagaFilter): readonly Condition[] => [
  ...equal('status', filter.status),
  ...equal('orchName', filter.orchName),
  ...equal('initiator', filter.initiator),
  ...equal('type', filter.type),
  ...equal('owner', filter.owner),
  ...equal('owner', filter.ownedBy),
  ...equal('correlationId', filter.correlationId),
  ...equal('waitingReason', filter.waiting),
  ...has('missing', filter.missing),
  ...within('startedAt', filter.from, filter.to),
];

const summaryOf = (body: Body): SagaSummary => {
  const row = sagaRow.parse(body);
  const { flowId, orchName, status, definitionVersion, type, initiator, waiting, missing } = row;
  const { owner, correlationId, startedAt, endedAt, waitedMs, revision, position } = row;
  return {
    ...{ flowId, orchName, status, definitionVersion, type, initiator, waiting, missing },
    steps: row.steps.map(stepOf),
    ...{ owner, correlationId, startedAt, endedAt, durationMs: msBetween(startedAt, endedAt) },
    ...{ waitedMs, revision, position },
  };
};

type Step = SagaRow['steps'][number];

const stepOf = ({ name, do: done, undo }: Step): SagaSummary['steps'][number] => ({
  name,
  status: done?.status ?? null,
  attempt: (undo ?? done)?.attempt ?? 0,
  undo: undo?.status ?? null,
  ...timesOf(done),
});

const timesOf = (done: Step['do']) => {
  if (done === null) return { startedAt: null, endedAt: null, durationMs: null };
  const { startedAt, endedAt } = done;
  return { startedAt, endedAt, durationMs: msBetween(startedAt, endedAt) };
};

const msBetween = (from: string | null, to: string | null): number | null =>
  from === null || to === null ? null : Date.parse(to) - Date.parse(from);
