import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { asyncApiOf } from '../../src/infra/messaging/asyncapi.ts';
import { createTopics } from '../../src/infra/messaging/topics.ts';
import { edge } from './edge.ts';

const described = () => asyncApiOf(createTopics({ namespace: 'skald' }));
/** Whether the description allows this value of a message. */
const allows = (message: string, value: unknown): boolean => {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema({ ...described(), $id: 'bus' });
  return ajv.compile({ $ref: `bus#/components/messages/${message}/payload` })(value);
};

describe('GET /asyncapi.json', () => {
  it('answers with the description of the messages on the bus', async () => {
    const asyncApi = described();
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

describe('the messages that are taken, as they are described', () => {
  it('are registrations with the service in the document, over Kafka unless they say otherwise', () => {
    const registration = { as: 'worker', steps: [{ name: 'book' }], serviceName: 'booker' };
    expect(allows('registration', { orchName: 'trip', ...registration })).toBe(true);
    expect(allows('registration', { orchestrationName: 'trip', ...registration })).toBe(true);
    expect(allows('registration', registration)).toBe(false);
    expect(described()).toHaveProperty(
      'components.messages.registration.payload.properties.transport.default',
      'kafka',
    );
  });

  it('are starts that name an orchestration', () => {
    expect(allows('start', { orchName: 'trip', payload: null })).toBe(true);
    expect(allows('start', { payload: null })).toBe(false);
  });

  it('are answers that leave to headers what they do not say', () => {
    expect(allows('answer', {})).toBe(true);
    expect(allows('answer', { metadata: { status: 'FAILED', effectId: 'e' }, more: 1 })).toBe(true);
    expect(allows('answer', { action: 'REDO' })).toBe(false);
  });
});
