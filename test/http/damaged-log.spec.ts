import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { LogDamaged } from '../../src/infra/event-store/errors.ts';
import { queriesOver } from '../support/read-models.ts';
import { edge, FLOW } from './edge.ts';

const STREAM = `saga-${FLOW}`;
const damaged = () => Promise.reject(new LogDamaged(STREAM, 3, 'the hash differs'));

describe('a read of events that meets damage', () => {
  it.each(['/api/v1/events', `/api/v1/streams/${STREAM}`])(
    'tells whoever may read all of them at %s where the damage is, and the log too',
    async (url) => {
      const { lines, logger } = logged();
      const queries = { ...(await queriesOver()).queries, listEvents: damaged };
      const app = await edge({ getStream: damaged }, { queries, logger });
      const response = await app.inject({ url });
      expect([response.statusCode, response.json()]).toMatchObject([
        500,
        { code: 'integrity', detail: `stream ${STREAM} is damaged at revision 3: the hash differs` },
      ]);
      expect(lines.join()).toContain(`stream ${STREAM} is damaged at revision 3`);
    },
  );
});

const logged = () => {
  const lines: string[] = [];
  return { lines, logger: pino({ level: 'error' }, { write: (line: string) => void lines.push(line) }) };
};

describe('a read that meets a damaged log', () => {
  it('is answered with integrity, and its place is told to the log only', async () => {
    const { lines, logger } = logged();
    const app = await edge({ getSaga: damaged }, { logger });
    const response = await app.inject({ url: `/api/v1/sagas/${FLOW}` });
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
