import { setImmediate } from 'node:timers/promises';
import { pino } from 'pino';
import { describe, expect, it, vi } from 'vitest';
import { systemRandom } from '../../src/infra/clock/system.ts';
import type { Handlers } from '../../src/infra/http/handlers.ts';
import { RETRYING } from '../../src/infra/http/routes/instance-steer.ts';
import { context, instanceWorld } from '../support/instance-world.ts';
import { manualClock } from '../support/manual-clock.ts';
import { done, edge, FLOW, JSON_TYPE, noFeed } from './edge.ts';
import type { AppDeps } from '../../src/infra/http/app.ts';

const ACTIONS = '/api/intern/handlinger/instanser';
const single = (id: string) => `${ACTIONS}/${id}/prov-igjen`;
const BATCH = `${ACTIONS}/prov-igjen/batch`;

const over = async (handlers: Partial<Handlers>, deps: Partial<AppDeps> = {}) => {
  const app = await edge(handlers, deps);
  return async (url: string, payload?: string, headers: Readonly<Record<string, string>> = {}) => {
    const sent = payload === undefined ? {} : { payload };
    const type = payload === undefined ? {} : JSON_TYPE;
    const response = await app.inject({ method: 'POST', url, headers: { ...type, ...headers }, ...sent });
    return { status: response.statusCode, text: response.body, headers: response.headers };
  };
};

const springError = (status: number, error: string, message: string, path: string) => ({
  timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
  ...{ status, error, message, path },
});
const document = ({ text }: { readonly text: string }) => JSON.parse(text) as unknown;

describe('prov-igjen', () => {
  it('answers 200 with an empty body, and the instance goes out again', async () => {
    const world = await instanceWorld();
    const post = await over(world);
    const id = await world.received('x');
    expect(await post(single(id))).toMatchObject({ status: 200, text: '' });
    expect(await world.typesOf(id)).toContain('InstanceRetryRequested');
  });

  it('does not look at a body, whatever its type is', async () => {
    const world = await instanceWorld();
    const post = await over(world);
    const id = await world.received('x');
    for (const type of ['application/json', 'text/plain', 'application/x-www-form-urlencoded'])
      expect((await post(single(id), '{not json', { 'content-type': type })).status).toBe(200);
  });

  it('answers 404 with the reason for one that is not there, and for one that was deleted', async () => {
    const world = await instanceWorld();
    const post = await over(world);
    const id = await world.received('x');
    await world.deleteInstance(id, { reason: 'r' }, context);
    for (const missing of ['99', id]) {
      const answer = await post(single(missing));
      const message = `Could not find instance with id='${missing}'`;
      expect(document(answer)).toEqual(springError(404, 'Not Found', message, single(missing)));
      expect([answer.status, answer.headers['content-type']]).toEqual([404, 'application/json']);
    }
  });

  it('answers 500 with the reason where nobody knows the headers', async () => {
    const world = await instanceWorld();
    const nobody = world.process({ headersOf: () => Promise.resolve(undefined) });
    const post = await over(nobody);
    const id = await world.received('x');
    const message = `Could not find instance flow headers for registered instance with id=${id}`;
    expect(document(await post(single(id)))).toEqual(
      springError(500, 'Internal Server Error', message, single(id)),
    );
  });

  it.each<[string, Partial<Handlers>]>([
    ['it fails', { retryInstance: () => Promise.reject(new Error('a secret cause')) }],
    [
      'it cannot be served now',
      { retryInstance: () => Promise.resolve({ kind: 'unavailable', code: 'busy', detail: 'too many' }) },
    ],
    [
      'it could not be asked for',
      { retryInstance: () => Promise.resolve({ kind: 'rejected', code: 'retry_failed', detail: 'x' }) },
    ],
  ])('answers 500 without a reason where %s', async (_, handlers) => {
    const post = await over(handlers);
    const answer = await post(single('7'));
    expect(answer.status).toBe(500);
    expect(document(answer)).toEqual(springError(500, 'Internal Server Error', '', single('7')));
  });

  it.each(['x', '1.5', '9223372036854775808', '1e3', '%20'])('answers 400 for the id %s', async (id) => {
    const post = await over({});
    const answer = await post(single(id));
    expect(answer.status).toBe(400);
    expect(document(answer)).toMatchObject({ status: 400, error: 'Bad Request', path: single(id) });
  });

  it.each(['/api/intern', '/api/intern-klient'])(
    'answers in its own form what no router takes: %s',
    async (prefix) => {
      const post = await over({});
      const broken = `${prefix}/handlinger/instanser/%/prov-igjen`;
      const answer = await post(broken);
      expect([answer.status, answer.headers['content-type']]).toEqual([400, 'application/json']);
      expect(document(answer)).toEqual(springError(400, 'Bad Request', 'the path is not valid', broken));
    },
  );

  it('takes an id however its number is spelled, exactly', async () => {
    const asked: string[] = [];
    const post = await over({
      retryInstance: (id) => {
        asked.push(id);
        return Promise.resolve(done({ correlationId: 'c' }));
      },
    });
    for (const id of ['007', '+7', '-7', '9223372036854775807', '9007199254740993']) await post(single(id));
    expect(asked).toEqual(['7', '7', '-7', '9223372036854775807', '9007199254740993']);
  });
});

/** A batch that has begun and takes longer than its route has. `rest` is what comes of it in the end. */
const slowBatch = async () => {
  const clock = manualClock();
  const lines: string[] = [];
  const logger = pino({ level: 'error' }, { write: (line: string) => void lines.push(line) });
  const called = Promise.withResolvers<undefined>();
  const rest = Promise.withResolvers<Awaited<ReturnType<Handlers['retryInstances']>>>();
  const retryInstances: Handlers['retryInstances'] = (_ids, _context, onBegun) => {
    onBegun?.(FLOW);
    called.resolve(undefined);
    return rest.promise;
  };
  const feed = { feed: noFeed, clock, random: systemRandom() };
  const answering = (await over({ retryInstances }, { logger, feed }))(BATCH, '[7]');
  await called.promise;
  await clock.advance(RETRYING.handlerTimeout, () => setImmediate());
  return { answer: await answering, rest, clock, lines };
};

describe('prov-igjen/batch', () => {
  it('answers 200 with an empty body whatever becomes of each, and says where the results are', async () => {
    const world = await instanceWorld();
    const post = await over(world);
    const [one, two] = [await world.received('a'), await world.received('b')];
    const answer = await post(BATCH, `[${one}, 98, ${two}]`);
    expect(answer).toMatchObject({ status: 200, text: '' });
    const batchId = /^\/api\/v1\/instances\/retries\/([0-9a-f-]{36})$/.exec(
      String(answer.headers['location']),
    )?.[1];
    expect(await world.getRetryBatch(batchId ?? '')).toMatchObject({
      isFinished: true,
      results: [{ outcome: 'requested' }, { outcome: 'not-found' }, { outcome: 'requested' }],
    });
  });

  it('keeps every digit of its ids', async () => {
    const asked: unknown[] = [];
    const post = await over({
      retryInstances: (ids) => {
        asked.push(ids);
        return Promise.resolve(done({ batchId: 'b', results: [] }));
      },
    });
    await post(BATCH, '[9007199254740993,-9223372036854775808, 9223372036854775807]');
    await post(BATCH, '[]');
    expect(asked).toEqual([['9007199254740993', '-9223372036854775808', '9223372036854775807'], []]);
  });

  it.each([
    '{}',
    '7',
    'null',
    '["7"]',
    '[1.5]',
    '[1e3]',
    '[9223372036854775808]',
    '[null]',
    '[[1]]',
    '[1',
    '',
  ])('answers 400 for %s', async (body) => {
    const post = await over({});
    const answer = await post(BATCH, body);
    expect(answer.status).toBe(400);
    expect(document(answer)).toMatchObject({ status: 400, error: 'Bad Request', path: BATCH });
  });

  it('answers 200 before its time is over, and goes on with the rest', async () => {
    const { answer, rest, clock, lines } = await slowBatch();
    expect(answer).toMatchObject({
      ...{ status: 200, text: '' },
      headers: { location: `/api/v1/instances/retries/${FLOW}` },
    });
    rest.resolve(done({ batchId: FLOW, results: [] }));
    await vi.waitUntil(() => clock.waiting() === 0);
    expect(lines).toEqual([]);
  });

  it('says in the log what kept the rest from being finished', async () => {
    const { answer, rest, lines } = await slowBatch();
    expect(answer.status).toBe(200);
    rest.reject(new Error('the disk is gone'));
    await vi.waitUntil(() => lines.some((line) => line.includes('the disk is gone')));
  });

  it('answers 413 for more than 4,000', async () => {
    const post = await over({});
    expect((await post(BATCH, JSON.stringify(Array(4001).fill(1)))).status).toBe(413);
  });
});

describe('the addresses for people, switched off', () => {
  it('answer 401 to everybody; those for programs stay', async () => {
    const handlers = { retryInstance: () => Promise.resolve(done({ correlationId: 'c' })) };
    const post = await over(handlers, { isInternalApiOff: true });
    expect(await post(single('7'))).toMatchObject({ status: 401 });
    expect((await post(BATCH, '[7]')).status).toBe(401);
    expect((await post(single('7').replace('/intern/', '/intern-klient/'))).status).toBe(200);
  });
});
