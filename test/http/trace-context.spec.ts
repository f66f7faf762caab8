import { describe, expect, it } from 'vitest';
import type { CallContext } from '../../src/commands/context.ts';
import { traceparentOf } from '../../src/infra/messaging/out/cloud-event.ts';
import { headersWith, objectWith } from '../support/instance-world.ts';
import { done, edge, FLOW } from './edge.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';
const PARENT = `00-${TRACE}-${SPAN}-01`;

const undone = async (headers: Readonly<Record<string, string>>) => {
  const contexts: CallContext[] = [];
  const app = await edge({
    undoSaga: (_flowId, _input, context) => {
      contexts.push(context);
      return Promise.resolve(done(null));
    },
  });
  const answer = await app.inject({ method: 'POST', url: `/api/orchestration/undo/${FLOW}`, headers });
  expect(answer.statusCode).toBe(200);
  return { headers: answer.headers, correlationId: contexts[0]?.correlationId };
};

describe("a caller's trace", () => {
  it('is the conversation, and is answered with a span of its own that is not sampled', async () => {
    const { headers, correlationId } = await undone({ traceparent: PARENT });
    expect([correlationId, headers['x-correlation-id']]).toEqual([TRACE, TRACE]);
    expect(headers['traceparent']).toMatch(new RegExp(`^00-${TRACE}-(?!${SPAN})[0-9a-f]{16}-00$`));
  });

  it('may be of a later version, which may say more', async () => {
    expect(await undone({ traceparent: `01-${TRACE}-${SPAN}-03-more` })).toMatchObject({
      correlationId: TRACE,
    });
  });

  it('gives way to a correlation id', async () => {
    const { headers, correlationId } = await undone({ traceparent: PARENT, 'x-correlation-id': 'c-1' });
    expect(correlationId).toBe('c-1');
    expect(headers).not.toHaveProperty('traceparent');
  });

  it('takes no instance out of the flow that it names; a correlation id does', async () => {
    const contexts: CallContext[] = [];
    const app = await edge({
      receiveInstance: (_input, context) => {
        contexts.push(context);
        return Promise.resolve(done({ instanceId: '1' }));
      },
    });
    const instance = { headers: headersWith(), value: objectWith('a title') };
    const post = async (url: string, payload: object, headers: object) => {
      const answer = await app.inject({ method: 'POST', url, payload, headers: { ...headers } });
      return answer.statusCode;
    };
    const asked = { traceparent: PARENT, 'x-correlation-id': 'c-1' };
    const many = { items: [{ key: 'k', instance }] };
    for (const headers of [{ traceparent: PARENT }, asked]) {
      expect(await post('/api/v1/instances', instance, headers)).toBe(201);
      expect(await post('/api/v1/instances/batch', many, headers)).toBe(200);
    }
    expect(contexts.map(({ correlationId }) => correlationId)).toEqual([undefined, undefined, 'c-1', 'c-1']);
  });

  it.each([
    'x',
    `ff-${TRACE}-${SPAN}-01`,
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-01-more`,
    `00-${TRACE}-${SPAN}`,
  ])('is none where it is %s', async (traceparent) => {
    const { headers, correlationId } = await undone({ traceparent });
    expect(correlationId).toBeUndefined();
    expect(headers).not.toHaveProperty('traceparent');
  });

  it('is the trace of what goes out on the bus', () => {
    const parentOf = (correlationId: string) => traceparentOf({ eventId: 'e', correlationId });
    expect(parentOf(TRACE)).toMatch(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-00$`));
    for (const other of ['c-1', '0'.repeat(32), FLOW])
      expect(parentOf(other)).toMatch(/^00-(?!0{32})[0-9a-f]{32}-[0-9a-f]{16}-00$/);
  });
});
