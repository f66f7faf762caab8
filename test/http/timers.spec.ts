import { describe, expect, it } from 'vitest';
import type { CallContext } from '../../src/commands/context.ts';
import type { Handlers } from '../../src/infra/http/handlers.ts';
import { cursor, done, edge, FLOW, JSON_TYPE, positionOf } from './edge.ts';

const AT = '2026-11-23T08:00:00.000Z';
const URL = `/api/v1/timers/${FLOW}/create/do`;
const REASON = { reason: 'they are closed' };
const VERBS = [
  ['reschedule', 'rescheduleTimer', { dueAt: AT, ...REASON }, 'Rescheduled the do of step: create'],
  ['fire', 'fireTimer', REASON, 'Fired the timer of the do of step: create'],
  ['cancel', 'cancelTimer', REASON, 'Cancelled the timer of the do of step: create'],
] as const;

const recording = (handler: 'rescheduleTimer' | 'fireTimer' | 'cancelTimer', replayed = false) => {
  const asked: { on: unknown; input: unknown; context: CallContext }[] = [];
  const handle = (on: unknown, input: unknown, context: CallContext) => {
    asked.push({ on, input, context });
    return Promise.resolve(done(null, { commit: 5, replayed }));
  };
  const handlers: Partial<Handlers> = { [handler]: handle };
  return { asked, handlers };
};

const poster =
  (app: Awaited<ReturnType<typeof edge>>) =>
  async (url: string, body: object, headers: Record<string, string> = {}) => {
    const payload = JSON.stringify(body);
    const response = await app.inject({
      ...{ method: 'POST', url, payload, headers: { ...JSON_TYPE, ...headers } },
    });
    return { status: response.statusCode, body: response.json<Record<string, unknown>>(), response };
  };

describe.each(VERBS)('POST /api/v1/timers/{flowId}/{step}/{action}/%s', (verb, handler, body, message) => {
  const url = `${URL}/${verb}`;
  const seen = { 'if-match': '"7"' };

  it('tells the run, at the revision that the caller has seen', async () => {
    const { asked, handlers } = recording(handler);
    const post = poster(await edge(handlers));
    const answer = await post(url, body, { ...seen, 'idempotency-key': 'k' });
    expect(answer).toMatchObject({
      ...{ status: 200, body: { status: 'SUCCESS', message, position: cursor.encode(positionOf(5)) } },
    });
    expect(asked).toMatchObject([
      {
        ...{ on: { flowId: FLOW, step: 'create', action: 'do', revision: 7 }, input: body },
        context: { idempotencyKey: 'k' },
      },
    ]);
  });

  it('says that it was asked for before', async () => {
    const post = poster(await edge(recording(handler, true).handlers));
    const { response } = await post(url, body, seen);
    expect(response.headers['idempotency-replayed']).toBe('true');
  });

  it('needs the revision: any is none', async () => {
    const post = poster(await edge());
    for (const headers of [{}, { 'if-match': '*' }])
      expect(await post(url, body, headers)).toMatchObject({
        ...{ status: 428, body: { code: 'precondition_required' } },
      });
    for (const tag of ['7', 'W/"7"', '"x"'])
      expect(await post(url, body, { 'if-match': tag })).toMatchObject({
        ...{ status: 400, body: { code: 'invalid_header' } },
      });
  });

  it.each([
    ['precondition_failed', 412],
    ['unknown_run', 404],
    ['unknown_timer', 404],
    ['timer_due', 409],
    ['run_paused', 409],
    ['run_ended', 409],
    ['idempotency_key_reused', 422],
  ] as const)('answers %s with %i', async (code, status) => {
    const refuse = () => Promise.resolve({ kind: 'rejected' as const, code, detail: 'no' });
    const post = poster(await edge({ [handler]: refuse }));
    expect(await post(url, body, seen)).toMatchObject({ status, body: { code, detail: 'no' } });
  });

  it('refuses what it cannot read', async () => {
    const post = poster(await edge());
    const bad = [
      ...[{}, { ...body, reason: '' }, { ...body, reason: 'x'.repeat(1001) }, { ...body, more: 1 }],
      ...('dueAt' in body
        ? [REASON, { ...body, dueAt: 'soon' }, { ...body, dueAt: '1969-01-01T00:00:00Z' }]
        : []),
    ];
    for (const each of bad)
      expect(await post(url, each, seen)).toMatchObject({ status: 400, body: { code: 'invalid_input' } });
    for (const place of [`x/create/do`, `${FLOW}/-/do`, `${FLOW}/create/redo`])
      expect(await post(`/api/v1/timers/${place}/${verb}`, body, seen)).toMatchObject({
        ...{ status: 400, body: { code: 'invalid_input' } },
      });
  });
});

describe('the description of these', () => {
  it('says that If-Match is needed', async () => {
    const app = await edge();
    const description = (await app.inject({ url: '/openapi.json' })).json<{
      paths: Record<string, { post: { parameters: { in: string; name: string }[] } }>;
    }>();
    for (const [verb] of VERBS) {
      const path = `/api/v1/timers/{flowId}/{step}/{action}/${verb}`;
      expect(description.paths[path]?.post.parameters).toContainEqual(
        expect.objectContaining({ in: 'header', name: 'If-Match', required: true }),
      );
    }
  });
});
