// Lists say which of their items stand still, because this version could not take in an event of them.
import { expect, it } from 'vitest';
import type { ReadStore } from '../../src/infra/read-store/port.ts';
import { HEALING } from '../../src/projections/healing/read-model.ts';
import { SAGAS } from '../../src/projections/sagas/read-model.ts';
import { runInProcess } from '../support/cli-in-process.ts';
import { flowAt, logPosition } from '../support/read-models.ts';
import type { Written } from '../support/read-models.ts';
import { NOW, sequential, step } from '../support/saga-builders.ts';
import * as event from '../support/saga-events.ts';
import { readEdge } from './read-edge.ts';

const started = event.started(sequential([step('a')]));
const log: readonly Written[] = [1, 2].flatMap((run): readonly Written[] => [
  [`saga-${flowAt(run)}`, started],
  [`saga-${flowAt(run)}`, event.workerMissing('a')],
]);

const block = async (store: ReadStore, name: string, id: string): Promise<void> => {
  const { document } = await store.get(name, id);
  if (document === undefined) throw new Error(`${name} has no ${id}`);
  const position = logPosition(9);
  const blocked = { lastGood: document.position, at: position, type: 'Later', reason: 'unknown', parked: 1 };
  const { live } = await store.generations(name);
  await store.replace({ name, generation: live ?? NaN }, { ...document, position, blocked });
};

it('names runs that are blocked, on the page that has them', async () => {
  const { get, readStore } = await readEdge(log);
  expect((await get('/api/v1/sagas')).body).not.toHaveProperty('blockedIds');
  await block(readStore, SAGAS, flowAt(1));
  expect((await get('/api/v1/sagas')).body).toMatchObject({ blockedIds: [flowAt(1)] });
  expect((await get('/api/v1/sagas?limit=1')).body).not.toHaveProperty('blockedIds');
});

it.each(['', '?open=true'])('names diaries that are blocked: /api/v1/healing%s', async (query) => {
  const { get, readStore } = await readEdge(log);
  await block(readStore, HEALING, 'tenant/a');
  expect((await get(`/api/v1/healing${query}`)).body).toMatchObject({ blockedIds: ['tenant/a'] });
});

it('names no diary that is not on the page', async () => {
  const { get, readStore } = await readEdge(log);
  await block(readStore, HEALING, 'tenant/a');
  const { body } = await get('/api/v1/healing?open=false');
  expect(body).toMatchObject({ items: [] });
  expect(body).not.toHaveProperty('blockedIds');
});

it('names the runs of timers', async () => {
  const due = event.dispatched('a', { until: NOW + 1000 });
  const { get, readStore } = await readEdge([...log, [`saga-${flowAt(2)}`, due]]);
  await block(readStore, SAGAS, flowAt(1));
  expect((await get('/api/v1/timers')).body).not.toHaveProperty('blockedIds');
  await block(readStore, SAGAS, flowAt(2));
  expect((await get('/api/v1/timers')).body).toMatchObject({ blockedIds: [flowAt(2)] });
});

it.each([[[]], [['--all']], [['--all', '-o', 'jsonl']]])(
  'is told to whoever lists them at the command line, beside the data: %j',
  async (options) => {
    const { app, readStore } = await readEdge(log);
    await block(readStore, SAGAS, flowAt(2));
    const url = await app.listen({ host: '127.0.0.1', port: 0 });
    const { exitCode, stdout, stderr } = await runInProcess(['saga', 'list', ...options], { url });
    expect([exitCode, stderr]).toEqual([
      0,
      `not up to date, their latest events cannot be taken in: ${flowAt(2)}\n`,
    ]);
    expect(stdout).toContain(flowAt(1));
  },
);
