// A shift means every timer there is, also those whose events the read models have not taken in yet.
import { expect, it } from 'vitest';
import type { Handlers } from '../../src/infra/http/handlers.ts';
import { createQueries } from '../../src/queries/queries.ts';
import { memoryReadStore } from '../support/memory-read-store.ts';
import { flowAt, logOf, logReaderOf, project } from '../support/read-models.ts';
import type { Written } from '../support/read-models.ts';
import { NOW, sequential, step } from '../support/saga-builders.ts';
import * as event from '../support/saga-events.ts';
import { done, edge, JSON_TYPE } from './edge.ts';

const failedRun = (run: number): readonly Written[] =>
  [
    event.started(sequential([step('a')])),
    event.dispatched('a'),
    event.failed('a'),
    event.retryScheduled('a', { until: NOW + 9000 }),
  ].map((each) => [`saga-${flowAt(run)}`, each]);

/** The read models hold the first of two runs; the rest of the log comes while somebody waits, or never. */
const behind = async (catchesUp: boolean) => {
  const events = logOf(...failedRun(1), ...failedRun(2));
  const readStore = memoryReadStore();
  await project(readStore, events.slice(0, 4));
  const asked: (readonly string[])[] = [];
  const shiftTimers: Handlers['shiftTimers'] = (flowIds) => {
    asked.push(flowIds);
    return Promise.resolve(done({ shiftId: flowAt(77), runs: flowIds.length }));
  };
  const queries = createQueries({
    ...{ readStore, log: logReaderOf(events) },
    livenessOf: () => ({ state: 'unseen', lastPollAt: null, lastHeartbeatAt: null, lastClaimAt: null }),
    reached: async (name, position) => {
      if (catchesUp) await project(readStore, events);
      return (await readStore.get(name, '')).position >= position;
    },
  });
  const app = await edge({ shiftTimers }, { queries });
  const shift = async (more: object = {}) => {
    const payload = JSON.stringify({ filter: {}, byMs: 1000, reason: 'they are closed', ...more });
    const response = await app.inject({
      ...{ method: 'POST', url: '/api/v1/timers/shift', payload, headers: JSON_TYPE },
    });
    return { status: response.statusCode, body: response.json<Record<string, unknown>>() };
  };
  return { shift, asked };
};

it('waits for the read model, and moves what it then knows of', async () => {
  const { shift, asked } = await behind(true);
  expect(await shift()).toMatchObject({ status: 200, body: { runs: 2 } });
  expect(asked.map((flowIds) => flowIds.toSorted())).toEqual([[flowAt(1), flowAt(2)]]);
});

it('moves nothing, and shows nothing, where the read model stays behind', async () => {
  const { shift, asked } = await behind(false);
  const refused = { status: 503, body: { code: 'behind', readModel: 'sagas' } };
  expect(await shift()).toMatchObject(refused);
  expect(await shift({ dryRun: true })).toMatchObject(refused);
  expect(asked).toEqual([]);
});
