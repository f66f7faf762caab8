import { describe, expect, it } from 'vitest';
import { reject } from '../../src/domain/decider.ts';
import { checkpointData } from '../support/checkpoints.ts';
import { logOf, logPosition, queriesOver } from '../support/read-models.ts';
import { cursor, done, edge, positionOf } from './edge.ts';

const PATH = '/api/v1/audit/checkpoints';
const signed = (number: number) =>
  ['witness-log', { type: 'CheckpointSigned', data: checkpointData(number) }] as const;

describe('POST /api/v1/audit/checkpoints', () => {
  it('answers with the checkpoint', async () => {
    const app = await edge({ takeCheckpoint: () => Promise.resolve(done(checkpointData(3), { commit: 7 })) });
    const response = await app.inject({ method: 'POST', url: PATH });
    expect([response.statusCode, response.headers['location']]).toEqual([200, `${PATH}/3`]);
    expect(response.json()).toEqual({
      ...{ status: 'SUCCESS', message: 'Signed up to checkpoint 3', checkpoint: checkpointData(3) },
      position: cursor.encode(positionOf(7)),
    });
  });

  it('is refused where there is no key', async () => {
    const app = await edge({ takeCheckpoint: () => Promise.resolve(reject('no_signing_key', 'none')) });
    const response = await app.inject({ method: 'POST', url: PATH });
    expect([response.statusCode, response.json()]).toMatchObject([409, { code: 'no_signing_key' }]);
  });
});

describe('GET /api/v1/audit/checkpoints', () => {
  const world = async () =>
    edge({}, { queries: (await queriesOver(logOf(signed(1), signed(2), signed(3)))).queries });

  it('lists them, the newest first, page by page', async () => {
    const app = await world();
    const first = await app.inject({ url: PATH, query: { limit: '2' } });
    expect(first.json()).toEqual({
      items: [checkpointData(3), checkpointData(2)],
      nextCursor: '2',
      position: cursor.encode(logPosition(2)),
    });
    const second = await app.inject({ url: PATH, query: { limit: '2', cursor: '2' } });
    expect(second.json()).toMatchObject({ items: [checkpointData(1)] });
    expect(second.json()).not.toHaveProperty('nextCursor');
  });

  it('has each by its number', async () => {
    const app = await world();
    expect((await app.inject(`${PATH}/2`)).json()).toEqual(checkpointData(2));
    const unknown = await app.inject(`${PATH}/4`);
    expect([unknown.statusCode, unknown.json()]).toMatchObject([404, { code: 'unknown_checkpoint' }]);
    expect((await app.inject(`${PATH}/0`)).statusCode).toBe(400);
  });
});
