import { START } from '../../infra/event-store/port.ts';
import type { Position } from '../../infra/event-store/port.ts';
import type { Body, Condition, ReadStore } from '../../infra/read-store/port.ts';
import { DEAD_LETTERS, letterRow, OPEN_LETTERS } from '../../projections/dead-letters/read-model.ts';
import { INSTANCES, instanceRow } from '../../projections/instances/read-model.ts';
import { OPEN_RUNS } from '../../projections/saga/read-model.ts';
import { sagaRow, SAGAS } from '../../projections/sagas/read-model.ts';
import { among, bodiesIn, everyPage, totalOf } from '../list.ts';

type Deps = {
  readonly readStore: ReadStore;
  /** True once a read model reflects a position; false when the signal aborts first. */
  readonly reached: (readModel: string, position: Position, signal: AbortSignal) => Promise<boolean>;
};

const PAGE = 500;
/** Values of one condition: each is a parameter of a statement. */
const AT_ONCE = 200;

/** What retention and erasure ask of the read models. */
export const retentionReads = ({ readStore, reached }: Deps) => ({
  madeBefore: (cutoff: string, signal: AbortSignal) =>
    idsOf({ readStore, reached }, storedWhere(cutoff), signal),
  refusedBefore: (cutoff: string, signal: AbortSignal) =>
    idsOf({ readStore, reached }, refusedWhere(cutoff), signal),
  liveRuns: (correlationIds: readonly string[]) =>
    foundBy(correlationIds, (ids) =>
      everyOf(
        readStore,
        SAGAS,
        { field: 'startedAt', where: [among('correlationId', ids), NOT_ENDED] },
        (body) => {
          const { flowId, correlationId } = sagaRow.parse(body);
          return { flowId, correlationId };
        },
      ),
    ),
  letters: (instanceIds: readonly string[], which: 'open' | 'all') =>
    foundBy(instanceIds, (ids) => {
      const where = [among('instanceId', ids), ...(which === 'open' ? [OPEN] : [])];
      return everyOf(readStore, DEAD_LETTERS, { field: 'parkedAt', where }, (body) => {
        const { id: letterId, instanceId } = letterRow.parse(body);
        return { letterId, instanceId: instanceId ?? '' };
      });
    }),
  caughtUp: async (position: Position, signal: AbortSignal): Promise<void> => {
    for (const name of [SAGAS, DEAD_LETTERS])
      if (!(await reached(name, position, signal))) throw new ReadModelBehind(name);
  },
  /** Stored instances that were made before. */
  countBefore: async (cutoff: string): Promise<number> => {
    const { counts } = await readStore.countBy(INSTANCES, 'storageStatus', storedWhere(cutoff));
    return totalOf(counts);
  },
});

class ReadModelBehind extends Error {
  override readonly name = 'ReadModelBehind';
  constructor(readModel: string) {
    super(`the read model ${readModel} is behind the log`);
  }
}

const OPEN = among('state', OPEN_LETTERS);
const NOT_ENDED = among('status', OPEN_RUNS);

const storedWhere = (cutoff: string): readonly Condition[] => [
  { field: 'storageStatus', op: 'eq', value: 'STORED' },
  { field: 'createdAt', op: 'lt', value: cutoff },
];

/** What was erased is not among them: its document is gone. */
const refusedWhere = (cutoff: string): readonly Condition[] => [
  { field: 'storageStatus', op: 'eq', value: 'NEVER_STORED' },
  { field: 'kind', op: 'eq', value: 'refused-intake' },
  { field: 'createdAt', op: 'lt', value: cutoff },
];

const idsOf = async function* (
  { readStore, reached }: Deps,
  where: readonly Condition[],
  signal: AbortSignal,
) {
  // While the read model is made there is nothing to ask, or something of another version.
  if (!(await reached(INSTANCES, START, signal))) return;
  const query = { where, sort: { field: 'createdAt', direction: 'asc' }, limit: PAGE } as const;
  for await (const { documents } of everyPage(readStore, INSTANCES, query)) {
    yield bodiesIn(documents).map((body) => instanceRow.parse(body).id);
    if (signal.aborted) return;
  }
};

type Which = { readonly field: string; readonly where: readonly Condition[] };

const everyOf = async <Item>(
  readStore: ReadStore,
  name: string,
  { field, where }: Which,
  itemOf: (body: Body) => Item,
): Promise<readonly Item[]> => {
  const items: Item[] = [];
  const query = { where, sort: { field, direction: 'asc' }, limit: PAGE } as const;
  for await (const { documents } of everyPage(readStore, name, query))
    items.push(...bodiesIn(documents).map(itemOf));
  return items;
};

const foundBy = async <Item>(
  ids: readonly string[],
  find: (some: readonly string[]) => Promise<readonly Item[]>,
): Promise<readonly Item[]> => {
  const found: Item[] = [];
  for (let start = 0; start < ids.length; start += AT_ONCE)
    found.push(...(await find(ids.slice(start, start + AT_ONCE))));
  return found;
};
