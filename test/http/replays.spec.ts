import { describe, expect, it } from 'vitest';
import type { CallContext } from '../../src/commands/context.ts';
import type { CreateReplayInput } from '../../src/commands/replay/inputs.ts';
import { reject } from '../../src/domain/decider.ts';
import type { ReplayEvent } from '../../src/domain/replay/events.ts';
import { START } from '../../src/infra/event-store/port.ts';
import type { Auth } from '../../src/infra/http/auth.ts';
import { logOf, queriesOver, timeAt } from '../support/read-models.ts';
import type { Written } from '../support/read-models.ts';
import * as replay from '../support/replays.ts';
import { cursor, done, edge, positionOf } from './edge.ts';
import { each, getter, readEdge, REFUSED } from './read-edge.ts';

const SESSIONS = '/api/v1/replay/sessions';
const ONE = `${SESSIONS}/${replay.SESSION}`;
const NOBODY = `${SESSIONS}/0191e1f0-0000-7000-a000-00000000000f`;

const ofSession = (...events: readonly ReplayEvent[]): readonly Written[] =>
  events.map((event) => [`replay-${replay.SESSION}`, event] as const);

const posting = async (url: string, payload: object, handlers: Parameters<typeof edge>[0] = {}) => {
  const app = await edge(handlers);
  return app.inject({ method: 'POST', url, payload });
};

describe('POST /api/v1/replay/sessions', () => {
  it('makes a session, and says where it is', async () => {
    const given: [CreateReplayInput, CallContext][] = [];
    const response = await posting(
      SESSIONS,
      {
        target: { kind: 'topic', name: 'january' },
        filter: { from: '2026-01-01T01:00:00+01:00' },
        speed: 0.1,
      },
      {
        createReplay: (...args) => {
          given.push(args);
          return Promise.resolve(done({ sessionId: replay.SESSION }, { commit: 5 }));
        },
      },
    );
    expect(response.statusCode).toBe(201);
    expect(response.headers['location']).toBe(ONE);
    expect(response.json()).toEqual({
      ...{ status: 'SUCCESS', message: `Created replay session: ${replay.SESSION}` },
      ...{ position: cursor.encode(positionOf(5)), sessionId: replay.SESSION },
    });
    const filter = { ...replay.anything, from: '2026-01-01T00:00:00.000Z' };
    expect(given[0]?.[0]).toEqual({
      ...replay.sessionData({ filter, target: { kind: 'topic', name: 'january' }, speed: 0.1 }),
    });
  });

  it.each([
    ['no target', {}],
    ['a target of no kind', { target: { kind: 'email' } }],
    ['a path', { target: { kind: 'file', name: '../../etc/passwd' } }],
    ['an absolute path', { target: { kind: 'file', name: '/etc/passwd' } }],
    ['a hidden file', { target: { kind: 'file', name: '.bashrc' } }],
    ['a topic that is no name', { target: { kind: 'topic', name: 'a/b' } }],
    ['a speed of nothing', { target: { kind: 'sink' }, speed: 0 }],
    ['a speed that is too high', { target: { kind: 'sink' }, speed: 101 }],
    ['no events at all', { target: { kind: 'sink' }, maxEvents: 0 }],
    ['a time without its zone', { target: { kind: 'sink' }, filter: { from: '2026-01-01T00:00:00' } }],
    ['a field nobody knows', { target: { kind: 'sink' }, query: { $where: '1' } }],
    ['a condition nobody knows', { target: { kind: 'sink' }, filter: { user_id: 'x' } }],
    ['a type that is none', { target: { kind: 'sink' }, filter: { types: ['$ne'] } }],
  ])('refuses %s', async (_what, payload) => {
    const response = await posting(SESSIONS, payload);
    expect(response.statusCode).toBe(400);
    expect(response.json()).toMatchObject({ code: 'invalid_input' });
  });

  it.each([
    ['/filter/to', { from: '2026-02-01T00:00:00Z', to: '2026-01-01T00:00:00Z' }],
    ['/filter/to', { from: '2026-02-01T00:00:00Z', to: '2026-02-01T01:00:00+01:00' }],
    ['/filter/stream', { flowId: replay.SESSION, stream: 'saga-b' }],
    ['/filter/categories', { stream: 'saga-b', categories: ['instance'] }],
    ['/filter/categories', { flowId: replay.SESSION, categories: ['instance'] }],
    ['/filter/excludeTypes', { types: ['StepFailed'], excludeTypes: ['StepFailed', 'StepSucceeded'] }],
  ])('refuses a filter that nothing can meet, at %s: %j', async (pointer, filter) => {
    for (const url of [SESSIONS, '/api/v1/replay/preview']) {
      const payload = url === SESSIONS ? { target: { kind: 'sink' }, filter } : { filter };
      const response = await posting(url, payload);
      expect(response.statusCode).toBe(400);
      expect(response.json()).toMatchObject({ code: 'invalid_input', errors: [{ in: 'body', pointer }] });
    }
  });

  it('refuses a target that the settings do not allow', async () => {
    const refusal = reject('target_not_allowed', 'no REPLAY_DIR is set', '/target');
    const payload = { target: { kind: 'file', name: 'x' } };
    const response = await posting(SESSIONS, payload, { createReplay: () => Promise.resolve(refusal) });
    expect(response.statusCode).toBe(422);
    expect(response.json()).toMatchObject({ code: 'target_not_allowed', errors: [{ pointer: '/target' }] });
  });
});

describe('payloads in the clear', () => {
  const auth: Auth = {
    identify: () =>
      Promise.resolve({
        actor: { kind: 'user', id: 'erik', source: 'http' },
        scopeOf: (permission) => (permission === 'replay:open' ? undefined : 'all'),
        expiresAt: null,
      }),
  };

  it('need a permission of their own, to ask for them and to look at them', async () => {
    const { queries } = await queriesOver(logOf(...ofSession(replay.created({ payloads: 'opened' }))));
    const createReplay = () => Promise.resolve(done({ sessionId: replay.SESSION }));
    const app = await edge({ createReplay }, { auth, queries });
    const asking = (payloads: string) =>
      app.inject({ method: 'POST', url: SESSIONS, payload: { target: { kind: 'sink' }, payloads } });
    expect((await asking('sealed')).statusCode).toBe(201);
    const refused = await asking('opened');
    expect(refused.statusCode).toBe(403);
    expect(refused.json()).toMatchObject({ code: 'forbidden' });
    expect((await app.inject(`${ONE}/records`)).statusCode).toBe(403);
  });
});

describe('a replayed event that is sent to this server', () => {
  it('is refused, unless it only reads', async () => {
    const app = await edge();
    const headers = { 'skald-replay': replay.SESSION };
    const start = { method: 'POST', url: '/api/orchestration/execute/tenant', payload: 'x' } as const;
    const response = await app.inject({ ...start, headers });
    expect(response.statusCode).toBe(409);
    expect(response.json()).toMatchObject({ code: 'replayed_event' });
    expect((await app.inject({ url: '/livez', headers })).statusCode).toBe(200);
  });
});

describe('POST /api/v1/replay/preview', () => {
  it('says how many events there are, and shows the first', async () => {
    const [event] = logOf(...ofSession(replay.created()));
    if (event === undefined) throw new Error('no event');
    const response = await posting(
      '/api/v1/replay/preview',
      { filter: { types: ['ReplayCreated'] } },
      { previewReplay: () => Promise.resolve({ total: 7, isCut: false, sample: [event] }) },
    );
    expect(response.json()).toEqual({
      ...{ total: 7, isCut: false },
      sample: [{ ...event, position: cursor.encode(event.position) }],
      position: cursor.encode(START),
    });
  });

  it('takes no target', async () => {
    const response = await posting('/api/v1/replay/preview', { target: { kind: 'sink' } });
    expect(response.statusCode).toBe(400);
  });
});

describe.each([
  ['start', 'startReplay', 'RUNNING'],
  ['pause', 'pauseReplay', 'PAUSED'],
  ['resume', 'resumeReplay', 'RUNNING'],
  ['cancel', 'cancelReplay', 'CANCELLED'],
] as const)('POST /api/v1/replay/sessions/{sessionId}/%s', (verb, handler, status) => {
  it('says how the session stands now', async () => {
    const given: unknown[] = [];
    const steer = (...args: readonly unknown[]) => {
      given.push(args.slice(0, 2));
      return Promise.resolve(done({ status }));
    };
    const response = await posting(`${ONE}/${verb}`, { reason: 'so' }, { [handler]: steer });
    expect(response.statusCode).toBe(200);
    expect(response.json()).toMatchObject({ status: 'SUCCESS', sessionStatus: status });
    expect(given).toEqual([[replay.SESSION, { reason: 'so' }]]);
  });

  it.each([
    ['unknown_replay', 404],
    ['replay_started', 409],
    ['replay_not_started', 409],
    ['replay_ended', 409],
  ] as const)('answers %s with %i', async (code, expected) => {
    const steer = () => Promise.resolve(reject(code, 'no'));
    const response = await posting(`${ONE}/${verb}`, {}, { [handler]: steer });
    expect(response.statusCode).toBe(expected);
    expect(response.json()).toMatchObject({ code });
  });

  it('takes the id of a session only, and a reason that is one', async () => {
    expect((await posting(`${SESSIONS}/nope/${verb}`, {})).statusCode).toBe(400);
    expect((await posting(`${ONE}/${verb}`, { reason: '' })).statusCode).toBe(400);
  });
});

describe('GET /api/v1/replay/sessions/{sessionId}', () => {
  it('tells how far a session is, and how long it will take', async () => {
    const problem = replay.problemAt(2);
    const { app } = await readEdge(
      ofSession(
        ...[replay.created(), replay.started(), replay.counted(9), replay.paused, replay.resumed],
        replay.progressed(2, { failed: 1, problems: [problem] }),
      ),
    );
    const { status, body } = await getter(app)(ONE);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      ...{ sessionId: replay.SESSION, status: 'RUNNING', total: 9, replayed: 2, failed: 1, skipped: 0 },
      ...{ percent: 33.3, secondsLeft: 2, startedAt: timeAt(1), endedAt: null, owner: 'erik' },
      errors: [{ ...problem, position: cursor.encode(problem.position) }],
    });
    expect(body).not.toHaveProperty('runs');
    const again = await app.inject({ url: ONE, headers: { 'if-none-match': '"5"' } });
    expect(again.statusCode).toBe(304);
  });

  it.each([
    ['completed', replay.completed, { status: 'COMPLETED', failure: null }],
    ['cancelled', replay.cancelled, { status: 'CANCELLED', failure: null }],
    ['failed', replay.failedWith(), { status: 'FAILED', failure: { code: 'integrity' } }],
  ])('tells of one that is %s', async (_name, end, expected) => {
    const { get } = await readEdge(ofSession(replay.created(), replay.started(), replay.counted(0), end));
    expect((await get(ONE)).body).toMatchObject({ ...expected, percent: 100, secondsLeft: null });
  });

  it('is not said to be through while an event is still to come', async () => {
    const { get } = await readEdge(
      ofSession(replay.created(), replay.started(), replay.counted(10_000), replay.progressed(9999)),
    );
    expect((await get(ONE)).body).toMatchObject({ status: 'RUNNING', percent: 99.9 });
  });

  it('knows no session that was not made', async () => {
    const { get } = await readEdge([]);
    expect(await get(NOBODY)).toMatchObject({ status: 404, body: { code: 'unknown_replay' } });
    expect(await get(`${NOBODY}/records`)).toMatchObject({ status: 404, body: { code: 'unknown_replay' } });
  });
});

describe('GET /api/v1/replay/sessions', () => {
  const written = [
    ...ofSession(replay.created(), replay.started()),
    ['replay-0191e1f0-0000-7000-a000-000000000002', replay.created()],
  ] as const;

  it('lists sessions, the newest first, and those in one state', async () => {
    const { get } = await readEdge(written);
    expect(each(await get(SESSIONS), 'status')).toEqual(['CREATED', 'RUNNING']);
    expect(each(await get(`${SESSIONS}?status=RUNNING`), 'sessionId')).toEqual([replay.SESSION]);
    expect(each(await get(`${SESSIONS}?owner=nobody`), 'sessionId')).toEqual([]);
    expect(each(await get(`${SESSIONS}?sort=createdAt&limit=1`), 'status')).toEqual(['RUNNING']);
    expect(each(await get(SESSIONS), 'errors')).toEqual([undefined, undefined]);
  });

  it.each([...REFUSED, 'status=DONE'])('refuses ?%s', async (query) => {
    const { get } = await readEdge(written);
    expect((await get(`${SESSIONS}?${query}`)).status).toBe(400);
  });
});

describe('GET /api/v1/replay/sessions/{sessionId}/records', () => {
  it('shows what the sink holds, and says where it is not here', async () => {
    const log = logOf(...ofSession(replay.created()));
    const { queries } = await queriesOver(log);
    const position = cursor.encode(log.at(-1)?.position ?? START);
    const content = { items: [replay.eventAt(1)], dropped: 4 };
    const here = await edge({ getReplayRecords: () => Promise.resolve(content) }, { queries });
    expect((await here.inject(`${ONE}/records`)).json()).toEqual({ isHere: true, ...content, position });
    const elsewhere = await edge({}, { queries });
    expect((await elsewhere.inject(`${ONE}/records`)).json()).toEqual({
      isHere: false,
      items: [],
      dropped: 0,
      position,
    });
  });
});
