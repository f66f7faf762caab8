// A log that is damaged where the past is to be made from it: who may see all of it is told where.
import { expect, it } from 'vitest';
import { LogDamaged } from '../../src/infra/event-store/errors.ts';
import { createAsOf } from '../../src/queries/as-of/as-of.ts';
import { flowAt, logPosition, logReaderOf, queriesOver } from '../support/read-models.ts';
import { guardedEdge, headersFor } from './auth-edge.ts';
import { cursor } from './edge.ts';

const STREAM = `saga-${flowAt(1)}`;

const answerTo = async (role: 'viewer' | 'service') => {
  const { queries, readStore } = await queriesOver();
  const asOf = createAsOf({
    ...{ readStore, now: Date.now, keys: { open: () => Promise.resolve('erased') } },
    log: { ...logReaderOf([]), lastPosition: () => Promise.resolve(logPosition(0)) },
    pastStores: { at: () => Promise.reject(new LogDamaged(STREAM, 3, 'it cannot be read')) },
  });
  const app = await guardedEdge({}, { queries, asOf });
  const url = `/api/v1/sagas?asOf=${cursor.encode(logPosition(0))}`;
  const response = await app.inject({ url, headers: await headersFor('someone', [role]) });
  return response.json<Record<string, unknown>>();
};

it('names the stream', async () => {
  const detail = `stream ${STREAM} is damaged at revision 3: it cannot be read`;
  expect(await answerTo('viewer')).toMatchObject({ status: 500, code: 'integrity', detail });
});

it('does not name it to a service, which sees its own runs alone', async () => {
  const { status, code, detail } = await answerTo('service');
  expect([status, code]).toEqual([500, 'integrity']);
  expect(detail).not.toContain(STREAM);
});
