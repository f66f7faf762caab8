import { describe, expect, it } from 'vitest';
import { asyncApiOf } from '../../src/infra/messaging/asyncapi.ts';
import { createTopics } from '../../src/infra/messaging/topics.ts';
import { edge } from './edge.ts';

describe('GET /asyncapi.json', () => {
  it('answers with the description of the messages on the bus', async () => {
    const asyncApi = asyncApiOf(createTopics({ namespace: 'skald' }));
    const app = await edge({}, { asyncApi });
    const answer = await app.inject({ url: '/asyncapi.json' });
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual(JSON.parse(JSON.stringify(asyncApi)));
  });

  it('is not found where there is no bus', async () => {
    const app = await edge();
    const answer = await app.inject({ url: '/asyncapi.json' });
    expect(answer.statusCode).toBe(404);
    expect(answer.json()).toMatchObject({ code: 'not_found' });
  });
});
