import { expect, it } from 'vitest';
import { sagas } from '../../src/projections/sagas/projection.ts';
import { flowAt, logPosition } from '../support/read-models.ts';
import { NOW, sequential, step } from '../support/saga-builders.ts';
import * as event from '../support/saga-events.ts';
import { readEdge } from './read-edge.ts';

const without = <Value>(members: Readonly<Record<string, Value>>): Record<string, Value> =>
  Object.fromEntries(Object.entries(members).filter(([name]) => name !== 'lastDue'));

/** Runs as a program before this one has left them: without what timers are found by. */
const upgraded = async () => {
  const edge = await readEdge([[`saga-${flowAt(1)}`, event.started(sequential([step('a')]))]]);
  const { readStore } = edge;
  const { spec } = sagas;
  const [row] = await readStore.getMany({ name: spec.name, generation: 1 }, [flowAt(1)]);
  const body = without(row?.body ?? {});
  const fields = without(spec.fields);
  const earlier = { ...spec, fields, indexes: spec.indexes.filter(([first]) => first !== 'lastDue') };
  const slot = { name: spec.name, generation: 2 };
  await readStore.fill(earlier, slot.generation);
  const document = { id: flowAt(1), position: logPosition(9), body, blocked: null };
  await readStore.write(slot, { documents: [document], checkpoint: logPosition(9) });
  await readStore.seal(earlier, slot.generation);
  await readStore.switchTo(slot);
  return edge;
};

it.each(['/api/v1/sagas', '/api/v1/timers', `/api/v1/timers?before=${new Date(NOW).toISOString()}`])(
  'of a read model that an upgrade makes anew say so where what is left cannot answer: %s',
  async (url) => {
    const { get } = await upgraded();
    expect(await get(url)).toMatchObject({ status: 503, body: { code: 'not_ready' } });
    expect(await get('/api/v1/sagas/counts')).toMatchObject({ status: 200, body: { total: 1 } });
  },
);
