import { describe, expect, it } from 'vitest';
import { cursorCodec } from '../../src/infra/http/cursor.ts';
import { flowAt, logPosition, timeAt } from '../support/read-models.ts';
import { headersFor, jwtAuth } from './auth-edge.ts';
import { cursor } from './edge.ts';
import { at, FLOW, log, NOW, pastEdge } from './past-edge.ts';

const LISTS = [
  ...['sagas', 'sagas/counts', `sagas/${FLOW}/timeline`, 'orchestrations/tenant/sagas', 'orchestrations'],
  ...['orchestration-counts', 'orchestrations/tenant/registrations', 'healing', 'timers', 'instances'],
  ...['instances/counts', 'orchestrations/tenant'],
];
const SINGLES = [
  ...[`sagas/${FLOW}`, `sagas/${FLOW}/explain`, `sagas/${FLOW}/undo-plan`, 'orchestrations/tenant/preflight'],
  ...['instances/7', 'instances/7/value', 'instances/7/history'],
];

describe('asOf', () => {
  it('answers at each position, byte by byte, what was answered when the log ended there', async () => {
    const { ask: past } = await pastEdge();
    for (let number = 1; number < log.length; number += 1) {
      const { ask: live } = await pastEdge(log.slice(0, number + 1));
      for (const url of LISTS) expect((await past(`${url}?${at(number)}`)).text).toBe((await live(url)).text);
    }
  });

  it.each(LISTS)('takes a time too, and says which position that was: %s', async (url) => {
    const { ask: past } = await pastEdge();
    for (const time of [timeAt(3), '2026-01-01T02:00:03.500%2B02:00']) {
      const then = await past(`${url}?asOf=${time}`);
      expect(then.text).toBe((await past(`${url}?${at(3)}`)).text);
      expect(then.headers).toMatchObject({
        ...{ 'skald-as-of-position': cursor.encode(logPosition(3)), 'skald-as-of-exact': 'true' },
        'skald-as-of-recorded-at': timeAt(3),
      });
    }
  });

  const foreign = cursorCodec({ logId: '0198f3a0-1111-7abc-8def-00000000ffff', key: Buffer.alloc(32, 1) });

  it.each([
    ['a text that is neither a time nor a position', 'asOf=yesterday', 'invalid_as_of'],
    ['a time without its zone', 'asOf=2026-01-01T00:00:00', 'invalid_as_of'],
    ['a position of another log', `asOf=${foreign.encode(logPosition(1))}`, 'invalid_as_of'],
    ['a position behind the end of the log', at(log.length), 'as_of_ahead'],
    ['a time that has not come', `asOf=${new Date(NOW + 1).toISOString()}`, 'as_of_ahead'],
    ['nothing at all', 'asOf=', 'invalid_input'],
    ['two moments', `${at(1)}&${at(2)}`, 'invalid_input'],
    ['the present too', `${at(1)}&minPosition=${cursor.encode(logPosition(1))}`, 'invalid_input'],
  ])('refuses %s, wherever it is taken', async (_, query, code) => {
    const { ask } = await pastEdge();
    for (const url of [...LISTS, ...SINGLES, 'workers'])
      expect(await ask(`${url}?${query}`), url).toMatchObject({ status: 400, body: { code } });
  });
});

describe('as of then', () => {
  it('services stand as the log says, and were heard of at no time', async () => {
    const { ask } = await pastEdge();
    const never = { lastPollAt: null, lastHeartbeatAt: null, lastClaimAt: null };
    const stood = async (number: number) => (await ask(`workers?${at(number)}`)).body['items'];
    expect(await stood(2)).toEqual([]);
    expect(await stood(4)).toMatchObject([{ liveness: { state: 'unseen', ...never } }]);
    expect(await stood(5)).toMatchObject([{ liveness: { state: 'silent', ...never } }]);
    expect((await ask(`orchestrations/tenant/preflight?${at(2)}`)).body).toMatchObject({
      problems: [{ code: 'worker_missing' }],
    });
    expect((await ask(`orchestrations/tenant/preflight?${at(5)}`)).body).toMatchObject({
      problems: [{ code: 'no_live_worker' }, { code: 'worker_silent' }],
    });
  });

  it('a run stood where it stood, and its time went up to then', async () => {
    const { ask } = await pastEdge();
    expect(await ask(`sagas/${FLOW}?${at(0)}`)).toMatchObject({ status: 404, body: { code: 'unknown_run' } });
    expect((await ask(`sagas/${FLOW}?${at(2)}`)).body).toMatchObject({
      waiting: { reason: 'worker-missing' },
    });
    const explained = await ask(`sagas/${FLOW}/explain?asOf=${timeAt(3)}`);
    expect(explained.body).toMatchObject({
      waiting: { reason: 'worker-missing' },
      time: { from: timeAt(1), until: timeAt(3), totalMs: 2000 },
    });
    expect((await ask(`sagas/${FLOW}/undo-plan?${at(2)}`)).body).toMatchObject({ steps: [] });
  });

  it('a resource has the tag it had', async () => {
    const { ask } = await pastEdge();
    const { headers } = await ask(`orchestrations/tenant?${at(2)}`);
    expect(headers['etag']).toBe('"0"');
    expect((await ask(`orchestrations/tenant?${at(5)}`)).headers['etag']).toBe('"1"');
  });

  it('before the first event there is nothing', async () => {
    const { ask } = await pastEdge();
    expect((await ask('sagas?asOf=1999-01-01T00:00:00Z')).body).toMatchObject({ items: [] });
    expect((await ask('orchestrations/tenant?asOf=1999-01-01T00:00:00Z')).status).toBe(404);
  });

  it('pages go on as of the same moment, with the cursors of then', async () => {
    const { ask } = await pastEdge();
    const first = await ask(`sagas?limit=1&${at(6)}`);
    const next = String(first.body['nextCursor']);
    const second = await ask(`sagas?limit=1&${at(6)}&cursor=${next}`);
    expect([first.body['items'], second.body['items']]).toMatchObject([
      [{ flowId: flowAt(2) }],
      [{ flowId: FLOW }],
    ]);
    expect(second.body['nextCursor']).toBeUndefined();
  });

  it('lists that are still being made from the log are told so, with how far they are', async () => {
    const { ask } = await pastEdge(log, { isSlow: true });
    const { status, headers, body } = await ask(`sagas?${at(3)}`);
    expect([status, headers['retry-after'], body]).toMatchObject([
      ...[503, '2'],
      { code: 'as_of_building', detail: expect.stringContaining('1024 events taken up so far') as string },
    ]);
    expect((await ask(`orchestrations/tenant?${at(3)}`)).status).toBe(200);
  });

  it("who sees only what is their own sees nobody else's in the past", async () => {
    const { ask } = await pastEdge(log, { auth: jwtAuth() });
    const seen = async (subject: string, url: string) =>
      (await ask(url, await headersFor(subject, ['service']))).body;
    // Every run of this log is erik's.
    expect(await seen('erik', `sagas?${at(6)}`)).toMatchObject({ items: [{}, {}] });
    expect(await seen('mallory', `sagas?${at(6)}`)).toMatchObject({ items: [] });
    expect(await seen('mallory', `sagas/counts?${at(6)}`)).toMatchObject({ total: 0 });
    expect(await seen('erik', `sagas/${FLOW}?${at(6)}`)).toMatchObject({ flowId: FLOW });
    for (const url of [`sagas/${FLOW}?${at(6)}`, `sagas/${FLOW}?diff=${timeAt(0)}..${timeAt(4)}`])
      expect(await seen('mallory', url)).toMatchObject({ code: 'unknown_run' });
  });

  it.each(['dead-letters', 'events', 'projections'])('%s are not asked', async (url) => {
    const { ask } = await pastEdge();
    expect(await ask(`${url}?${at(1)}`)).toMatchObject({ status: 400, body: { code: 'invalid_input' } });
  });
});

describe('diff', () => {
  const between = (a: number | string, b: number | string): string =>
    `diff=${[a, b].map((each) => (typeof each === 'string' ? each : cursor.encode(logPosition(each)))).join('..')}`;

  it('tells what changed about a resource between two moments, and between which', async () => {
    const { ask } = await pastEdge();
    const { status, headers, body } = await ask(`orchestrations/tenant?${between(timeAt(2), 3)}`);
    expect([status, headers['content-type']]).toEqual([200, expect.stringContaining('vnd.skald.diff+json')]);
    expect(body).toMatchObject({
      from: { position: cursor.encode(logPosition(2)), time: timeAt(2), isExact: true },
      to: { position: cursor.encode(logPosition(3)), time: null, isExact: true },
    });
    expect(body['changes']).toContainEqual({
      op: 'replace',
      path: '/status',
      before: 'PENDING',
      after: 'SUCCESS',
    });
    const run = await ask(`sagas/${FLOW}?${between(2, 4)}`);
    expect(run.body['changes']).toContainEqual(
      expect.objectContaining({ op: 'replace', path: '/waiting', after: null }),
    );
  });

  it('is empty where nothing changed, and the whole where it came in between', async () => {
    const { ask } = await pastEdge();
    expect((await ask(`sagas/${FLOW}?${between(2, 3)}`)).body['changes']).toEqual([]);
    const came = (await ask(`sagas/${FLOW}?${between(0, 1)}`)).body['changes'];
    expect(came).toMatchObject([{ op: 'add', path: '', after: { flowId: FLOW } }]);
  });

  it('of what was there at neither moment is 404', async () => {
    const { ask } = await pastEdge();
    expect((await ask(`sagas/${FLOW}?${between(0, 0)}`)).body).toMatchObject({ code: 'unknown_run' });
    expect((await ask(`instances/7?${between(0, 5)}`)).body).toMatchObject({ code: 'unknown_instance' });
    expect((await ask(`orchestrations/no-one?${between(0, 5)}`)).status).toBe(404);
  });

  it.each([
    ...[
      '..',
      'a..',
      `${timeAt(1)}..${timeAt(2)}..`,
      timeAt(1),
      `${timeAt(1)}..`,
      `..${timeAt(1)}`,
      `${timeAt(1)}..${timeAt(2)}..${timeAt(3)}`,
      'a..b',
    ],
    `${timeAt(1)}..${timeAt(2)}&asOf=${timeAt(1)}`,
    `${timeAt(1)}..${timeAt(2)}&minPosition=${cursor.encode(logPosition(1))}`,
  ])('refuses ?diff=%s', async (query) => {
    const { ask } = await pastEdge();
    for (const url of [`sagas/${FLOW}`, 'orchestrations/tenant', 'instances/7'])
      expect(await ask(`${url}?diff=${query}`)).toMatchObject({
        status: 400,
        body: { code: 'invalid_as_of' },
      });
  });

  it('refuses a moment that has not come, and lists', async () => {
    const { ask } = await pastEdge();
    expect((await ask(`sagas/${FLOW}?${between(1, log.length)}`)).body).toMatchObject({
      code: 'as_of_ahead',
    });
    expect((await ask(`sagas?${between(1, 2)}`)).body).toMatchObject({ code: 'invalid_input' });
  });
});
