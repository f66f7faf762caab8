import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { LogDamaged } from '../../src/infra/event-store/errors.ts';
import { queriesOver } from '../support/read-models.ts';
import { edge, FLOW } from './edge.ts';

const STREAM = `saga-${FLOW}`;
const damaged = () => Promise.reject(new LogDamaged(STREAM, 3, 'the hash differs'));

describe('a read of the whole log that meets damage', () => {
  it('tells whoever may read all of it where the damage is', async () => {
    const app = await edge({}, { queries: { ...(await queriesOver()).queries, listEvents: damaged } });
    const response = await app.inject({ url: '/api/v1/events' });
    expect([response.statusCode, response.json()]).toMatchObject([
      500,
      { code: 'integrity', detail: `stream ${STREAM} is damaged at revision 3: the hash differs` },
    ]);
  });
});

describe('a read that meets a damaged log', () => {
  it.each([
    [`/api/v1/streams/${STREAM}`, { getStream: damaged }],
    [`/api/v1/sagas/${FLOW}`, { getSaga: damaged }],
  ])('is answered at %s with integrity, and its place is told to the log only', async (url, handlers) => {
    const lines: string[] = [];
    const logger = pino({ level: 'error' }, { write: (line: string) => void lines.push(line) });
    const app = await edge(handlers, { logger });
    const response = await app.inject({ url });
    expect(response.statusCode).toBe(500);
    expect(response.headers['content-type']).toBe('application/problem+json');
    expect(response.json()).toEqual({
      ...{ type: 'urn:skald:problem:integrity', title: 'Integrity', status: 500, code: 'integrity' },
      detail: 'stored data is not what was written; nothing of it is served',
      requestId: expect.any(String) as unknown,
    });
    expect(lines.join()).toContain(`stream ${STREAM} is damaged at revision 3`);
  });
});
