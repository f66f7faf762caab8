import { describe, expect, it } from 'vitest';
import type {
  Comparison,
  Job,
  ProjectionStatus,
  Refusal,
  RefusalCode,
} from '../../src/infra/projector/port.ts';
import type { ProjectionDeps } from '../../src/infra/http/routes/projections.ts';
import { cursor, edge, JSON_TYPE, positionOf } from './edge.ts';

type Served = ProjectionDeps['projector'];

const comparison: Comparison = {
  isEqual: false,
  documents: 3,
  differing: 1,
  differences: [{ id: 'a', kind: 'changed', fields: ['sum'] }],
  digests: { live: 'aa', rebuilt: 'bb' },
  position: positionOf(7),
};
const job = (some: Partial<Job> = {}): Job => ({
  kind: 'rebuild',
  phase: 'folding',
  generation: 1_000_002,
  position: positionOf(5),
  events: 5,
  eventsPerSecond: 2.5,
  result: null,
  ...some,
});
const status = (some: Partial<ProjectionStatus> = {}): ProjectionStatus => ({
  name: 'sagas',
  state: 'live',
  generation: 1_000_001,
  position: positionOf(6),
  eventsPerSecond: 1,
  blocked: 1,
  blockedIds: ['a/b'],
  job: null,
  lag: { events: 1, seconds: 0.5 },
  secondsLeft: null,
  ...some,
});

const refusing = (code: RefusalCode): Promise<Refusal> =>
  Promise.resolve({ kind: 'refused', code, detail: 'not now' });

const served = async (some: Partial<Served> = {}) => {
  const unexpected = () => Promise.reject(new Error('not expected'));
  const projector: Served = {
    status: () =>
      Promise.resolve({
        projector: 'running',
        restarts: 0,
        position: positionOf(7),
        projections: [status()],
      }),
    rebuild: unexpected,
    verify: unexpected,
    rollback: unexpected,
    unblock: unexpected,
    ...some,
  };
  return edge({}, { projector });
};

const withProjections = (...projections: readonly ProjectionStatus[]): Partial<Served> => ({
  status: () =>
    Promise.resolve({ projector: 'restarting', restarts: 2, position: positionOf(7), projections }),
});

describe('GET /api/v1/projections', () => {
  it('says how far each read model is', async () => {
    const app = await served();
    const answer = await app.inject('/api/v1/projections');
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual({
      items: [{ ...status(), position: cursor.encode(positionOf(6)) }],
      projector: 'running',
      restarts: 0,
      position: cursor.encode(positionOf(7)),
    });
  });

  it('names nothing that is blocked where the projector, of an earlier version, does not', async () => {
    const { name, state, generation, position, eventsPerSecond, blocked, job, lag, secondsLeft } = status();
    const earlier = { name, state, generation, position, eventsPerSecond, blocked, job, lag, secondsLeft };
    const app = await served(withProjections(earlier));
    expect((await app.inject('/api/v1/projections')).json()).toMatchObject({
      items: [{ blocked: 1, blockedIds: [] }],
    });
  });

  it('says that the projector is being restarted and that nothing is served yet', async () => {
    const app = await served(withProjections(status({ state: 'filling', position: null, generation: null })));
    expect((await app.inject('/api/v1/projections')).json()).toMatchObject({
      projector: 'restarting',
      restarts: 2,
      items: [{ state: 'filling', position: null }],
    });
  });

  it('takes no parameters', async () => {
    const app = await served();
    expect((await app.inject('/api/v1/projections?all=1')).statusCode).toBe(400);
  });
});

describe('POST /api/v1/projections/{name}/rebuild', () => {
  it.each([
    ['{"acceptChanges":true}', true],
    ['{}', false],
    [undefined, false],
  ])('starts one for the body %s', async (payload, acceptChanges) => {
    const asked: unknown[] = [];
    const app = await served({
      rebuild: (...given) => {
        asked.push(given);
        return Promise.resolve({ kind: 'started', job: job({ phase: 'waiting' }) });
      },
    });
    const url = '/api/v1/projections/sagas/rebuild';
    const answer = await app.inject({
      method: 'POST',
      url,
      ...(payload === undefined ? {} : { headers: JSON_TYPE, payload }),
    });
    expect([answer.statusCode, answer.headers['location']]).toEqual([202, url]);
    expect(answer.json()).toMatchObject({
      job: { phase: 'waiting', position: cursor.encode(positionOf(5)) },
    });
    expect(asked).toEqual([['sagas', { acceptChanges }]]);
  });

  it.each([
    ['unknown_projection', 404],
    ['projection_busy', 409],
    ['projector_unavailable', 503],
  ] as const)('answers %s with %i', async (code, expected) => {
    const app = await served({ rebuild: () => refusing(code) });
    const answer = await app.inject({ method: 'POST', url: '/api/v1/projections/sagas/rebuild' });
    expect(answer.statusCode).toBe(expected);
    expect(answer.json()).toMatchObject({ code });
  });

  it.each(['{"acceptChanges":"yes"}', '{"accept":true}', '[]'])('refuses the body %s', async (payload) => {
    const app = await served();
    const url = '/api/v1/projections/sagas/rebuild';
    const answer = await app.inject({ method: 'POST', url, headers: JSON_TYPE, payload });
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ code: 'invalid_input' });
  });

  it('refuses what is no name', async () => {
    const app = await served();
    const answer = await app.inject({ method: 'POST', url: '/api/v1/projections/Sagas/rebuild' });
    expect(answer.json()).toMatchObject({ status: 400, code: 'invalid_input' });
  });
});

describe('GET /api/v1/projections/{name}/rebuild', () => {
  it('shows a running one with the time it will take', async () => {
    const app = await served(withProjections(status({ job: job(), secondsLeft: 4 })));
    const answer = await app.inject('/api/v1/projections/sagas/rebuild');
    expect(answer.json()).toEqual({
      job: { ...job(), position: cursor.encode(positionOf(5)) },
      secondsLeft: 4,
    });
  });

  it('shows what differed', async () => {
    const done = job({ phase: 'done', result: { kind: 'kept', comparison } });
    const app = await served(withProjections(status({ job: done })));
    const position = cursor.encode(positionOf(7));
    expect((await app.inject('/api/v1/projections/sagas/rebuild')).json()).toMatchObject({
      job: { result: { kind: 'kept', comparison: { ...comparison, position } } },
    });
  });

  it('shows a filling that had nothing to compare with', async () => {
    const done = job({ kind: 'fill', phase: 'done', result: { kind: 'switched', comparison: null } });
    const app = await served(withProjections(status({ job: done })));
    expect((await app.inject('/api/v1/projections/sagas/rebuild')).json()).toMatchObject({
      job: { result: { kind: 'switched', comparison: null } },
    });
  });

  it('answers 404 where there was none, or no such projection', async () => {
    const app = await served();
    expect((await app.inject('/api/v1/projections/sagas/rebuild')).json()).toMatchObject({
      status: 404,
      code: 'no_rebuild',
    });
    expect((await app.inject('/api/v1/projections/others/rebuild')).json()).toMatchObject({
      status: 404,
      code: 'unknown_projection',
    });
  });
});

describe('POST /api/v1/projections/{name}/verify', () => {
  it('starts one', async () => {
    const app = await served({
      verify: () => Promise.resolve({ kind: 'started', job: job({ kind: 'verify' }) }),
    });
    const answer = await app.inject({ method: 'POST', url: '/api/v1/projections/sagas/verify' });
    const location = '/api/v1/projections/sagas/rebuild';
    expect([answer.statusCode, answer.headers['location']]).toEqual([202, location]);
    expect(answer.json()).toMatchObject({ job: { kind: 'verify' } });
  });

  it('passes on a refusal', async () => {
    const app = await served({ verify: () => refusing('projection_busy') });
    const answer = await app.inject({ method: 'POST', url: '/api/v1/projections/sagas/verify' });
    expect(answer.json()).toMatchObject({ status: 409, code: 'projection_busy', detail: 'not now' });
  });
});

describe('POST /api/v1/projections/{name}/rollback', () => {
  it('names the generation that is served now', async () => {
    const app = await served({
      rollback: () => Promise.resolve({ kind: 'rolled-back', generation: 1_000_001 }),
    });
    const answer = await app.inject({ method: 'POST', url: '/api/v1/projections/sagas/rollback' });
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual({ generation: 1_000_001 });
  });

  it('passes on a refusal', async () => {
    const app = await served({ rollback: () => refusing('no_previous_generation') });
    const answer = await app.inject({ method: 'POST', url: '/api/v1/projections/sagas/rollback' });
    expect(answer.json()).toMatchObject({ status: 409, code: 'no_previous_generation' });
  });
});

describe('POST /api/v1/projections/{name}/documents/{id}/unblock', () => {
  const url = '/api/v1/projections/sagas/documents/a%2Fb/unblock';

  it('says whether the document is unblocked', async () => {
    const asked: unknown[] = [];
    const app = await served({
      unblock: (...given) => {
        asked.push(given);
        return Promise.resolve({ kind: 'unblocked' });
      },
    });
    expect((await app.inject({ method: 'POST', url })).json()).toEqual({ kind: 'unblocked' });
    expect(asked).toEqual([['sagas', 'a/b']]);
  });

  it('takes the longest id there is: an orchestration and a step', async () => {
    const asked: unknown[] = [];
    const app = await served({
      unblock: (...given) => {
        asked.push(given);
        return Promise.resolve({ kind: 'unblocked' });
      },
    });
    const id = `${'o'.repeat(80)}/${'s'.repeat(80)}`;
    const path = `/api/v1/projections/healing/documents/${encodeURIComponent(id)}/unblock`;
    expect((await app.inject({ method: 'POST', url: path })).statusCode).toBe(200);
    expect(asked).toEqual([['healing', id]]);
  });

  it('says why it is still blocked', async () => {
    const still = { kind: 'still-blocked', type: 'Exploded', reason: 'unknown type' } as const;
    const app = await served({ unblock: () => Promise.resolve(still) });
    expect((await app.inject({ method: 'POST', url })).json()).toEqual(still);
  });

  it.each([
    ['unknown_document', 404],
    ['document_not_blocked', 409],
  ] as const)('answers %s with %i', async (code, expected) => {
    const app = await served({ unblock: () => refusing(code) });
    const answer = await app.inject({ method: 'POST', url });
    expect(answer.json()).toMatchObject({ status: expected, code });
  });
});
