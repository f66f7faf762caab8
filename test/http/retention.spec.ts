import { describe, expect, it } from 'vitest';
import type { CallContext } from '../../src/commands/context.ts';
import { reject } from '../../src/domain/decider.ts';
import { START } from '../../src/infra/event-store/port.ts';
import { runFinished, runStarted } from '../support/retention.ts';
import { logOf, queriesOver, timeAt } from '../support/read-models.ts';
import { cursor, done, edge, positionOf } from './edge.ts';

const PATH = '/api/v1/instances/retention';

describe('POST /api/v1/instances/retention/runs', () => {
  it('starts a run, and says where to look for it', async () => {
    const contexts: CallContext[] = [];
    const app = await edge({
      startRetention: (context) => {
        contexts.push(context);
        return Promise.resolve(done({ runId: 'r-1' }, { commit: 5, replayed: true }));
      },
    });
    const response = await app.inject({
      ...{ method: 'POST', url: `${PATH}/runs`, headers: { 'idempotency-key': 'k' } },
    });
    expect(response.statusCode).toBe(202);
    expect(response.headers).toMatchObject({ location: PATH, 'idempotency-replayed': 'true' });
    expect(response.json()).toEqual({
      ...{ status: 'SUCCESS', message: 'Started retention run: r-1', runId: 'r-1' },
      position: cursor.encode(positionOf(5)),
    });
    expect(contexts).toMatchObject([{ idempotencyKey: 'k' }]);
  });

  it('is refused while another run is under way', async () => {
    const app = await edge({ startRetention: () => Promise.resolve(reject('retention_running', 'run r-0')) });
    const response = await app.inject({ method: 'POST', url: `${PATH}/runs` });
    expect(response.statusCode).toBe(409);
    expect(response.json()).toMatchObject({ code: 'retention_running' });
  });
});

describe('GET /api/v1/instances/retention', () => {
  it('tells of nothing before the first run', async () => {
    const app = await edge();
    expect((await app.inject(PATH)).json()).toEqual({
      ...{ current: null, last: null },
      position: cursor.encode(START),
    });
  });

  it('tells of the run under way and of the last one that ended', async () => {
    const stream = 'retention-instance';
    const log = logOf(
      ...[runStarted(1), runFinished(1), runStarted(2)].map((event) => [stream, event] as const),
    );
    const app = await edge({}, { queries: (await queriesOver(log)).queries });
    const { runId, cutoff, days } = runStarted(2).data;
    expect((await app.inject(PATH)).json()).toEqual({
      current: { runId, cutoff, days, startedAt: timeAt(2), startedBy: 'erik', remaining: 0 },
      last: {
        ...{ ...runStarted(1).data, ...runFinished(1).data },
        ...{ startedAt: timeAt(0), startedBy: 'erik', finishedAt: timeAt(1) },
      },
      position: cursor.encode(log.at(-1)?.position ?? START),
    });
  });
});
