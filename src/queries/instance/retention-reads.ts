import { START } from '../../infra/event-store/port.ts';
import type { Position } from '../../infra/event-store/port.ts';
import type { Condition, Keyset, ReadStore } from '../../infra/read-store/port.ts';
import { DEAD_LETTERS, letterRow } from '../../projections/dead-letters/read-model.ts';
import { INSTANCES, instanceRow } from '../../projections/instances/read-model.ts';
import { sagaRow, SAGAS } from '../../projections/sagas/read-model.ts';

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
        { field: 'startedAt', where: [in_('correlationId', ids), NOT_ENDED] },
        (body) => {
          const { flowId, correlationId } = sagaRow.parse(body);
          return { flowId, correlationId };
        },
      ),
    ),
  letters: (instanceIds: readonly string[], which: 'open' | 'all') =>
    foundBy(instanceIds, (ids) => {
      const where = [in_('instanceId', ids), ...(which === 'open' ? [OPEN] : [])];
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
    return counts.reduce((sum, { count }) => sum + count, 0);
  },
});

class ReadModelBehind extends Error {
  override readonly name = 'ReadModelBehind';
  constructor(readModel: string) {
    super(`the read model ${readModel} is behind the log`);
  }
}

const in_ = (field: string, value: readonly string[]): Condition => ({ field, op: 'in', value });
const OPEN = in_('state', ['parked', 'selected', 'redriving']);
const NOT_ENDED = in_('status', ['WAITING', 'IN_PROGRESS', 'PAUSED', 'UNDOING', 'UNDO_FAILED']);

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
  await reached(INSTANCES, START, signal);
  let after: Keyset | undefined;
  while (!signal.aborted) {
    const { documents, next } = await readStore.find(INSTANCES, {
      ...{ where, sort: { field: 'createdAt', direction: 'asc' }, limit: PAGE },
      ...(after === undefined ? {} : { after }),
    });
    yield documents.flatMap(({ body }) => (body === null ? [] : [instanceRow.parse(body).id]));
    if (next === undefined) return;
    after = next;
  }
};

type Which = { readonly field: string; readonly where: readonly Condition[] };

const everyOf = async <Item>(
  readStore: ReadStore,
  name: string,
  { field, where }: Which,
  itemOf: (body: object) => Item,
): Promise<readonly Item[]> => {
  const items: Item[] = [];
  for (let after: Keyset | undefined; ;) {
    const page = await readStore.find(name, {
      ...{ where, sort: { field, direction: 'asc' }, limit: PAGE },
      ...(after === undefined ? {} : { after }),
    });
    items.push(...page.documents.flatMap(({ body }) => (body === null ? [] : [itemOf(body)])));
    if (page.next === undefined) return items;
    after = page.next;
  }
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
