import { expect, it } from 'vitest';
import { START } from '../../../src/infra/event-store/port.ts';
import { movesOf } from '../../../src/infra/projector/moves.ts';
import { INSTANCES } from '../../../src/projections/instances/read-model.ts';
import { instances } from '../../../src/projections/instances/projection.ts';
import { retentionReads } from '../../../src/queries/instance/retention-reads.ts';
import { memoryReadStore } from '../../support/memory-read-store.ts';
import { daysAgo } from '../../support/retention-world.ts';

const asked = () => {
  const readStore = memoryReadStore();
  const moves = movesOf();
  const over = new AbortController();
  const { madeBefore } = retentionReads({ readStore, reached: moves.reached });
  const ids = madeBefore(daysAgo(1), over.signal)[Symbol.asyncIterator]();
  return { readStore, moves, over, first: ids.next() };
};

it('waits for a read model that is being made, and asks it then', async () => {
  const { readStore, moves, first } = asked();
  expect(moves.isAwaited()).toBe(true);
  await readStore.fill(instances.spec, 1);
  await readStore.seal(instances.spec, 1);
  await readStore.switchTo({ name: INSTANCES, generation: 1 });
  moves.add([{ name: INSTANCES, position: START, ids: null }]);
  expect(await first).toEqual({ done: false, value: [] });
});

it('ends with whoever asks, where the read model never comes', async () => {
  const { over, first } = asked();
  over.abort();
  expect(await first).toEqual({ done: true, value: undefined });
});
