// What a worker of the SDK does is part of the trace of what it was asked for.
import { describe, expect, it, vi } from 'vitest';
import type { StepContext } from '../../sdk/src/worker/step.ts';
import { fakeCollector } from '../support/fake-collector.ts';
import type { Exported } from '../support/fake-collector.ts';
import { tenantWorld, TRANSPORTS } from '../support/sdk-world.ts';

const STEPS = ['first', 'second', 'third'];
const SERVICE = 'tenant-service';
const CALLER = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' };
const CALL = `00-${CALLER.traceId}-${CALLER.spanId}-01`;
const WITHIN = { timeout: 20_000, interval: 50 };
const ANSWERED = { poll: ['POST /api/v1/tasks/responses'], stream: [] };

/** The names from the one span that is below the caller's to a span, and whether nothing is missing between them. */
const pathTo = (spans: readonly Exported[], span: Exported): readonly string[] => {
  if (span.parentSpanId === CALLER.spanId) return [span.name];
  const above = spans.find(({ spanId }) => spanId === span.parentSpanId);
  return above === undefined ? ['nothing', span.name] : [...pathTo(spans, above), span.name];
};

describe.each(TRANSPORTS)('a run that a worker does by %s', (transport) => {
  it('is one tree of spans, which its steps can go on with', { timeout: 60_000 }, async () => {
    const collector = await fakeCollector();
    const { skald, work, ended, server } = await tenantWorld(transport, STEPS, {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
    });
    const told: (string | undefined)[] = [];
    const step = {
      do: async (_input: unknown, { flowId, traceparent }: StepContext) => {
        told.push(traceparent);
        await skald.runs.get({ flowId }, { traceparent });
      },
    };
    await work({ steps: Object.fromEntries(STEPS.map((name) => [name, step])) });
    const { flowId } = await skald.runs.start({ orchName: 'tenant' }, { traceparent: CALL });
    expect((await ended(flowId)).status).toBe('COMPLETED');
    await vi.waitFor(() => {
      const attempts = collector.spans.filter(({ name }) => name.startsWith('attempt'));
      expect(attempts).toHaveLength(STEPS.length);
    }, WITHIN);
    expect(await server.stop()).toBe(0);
    expect(collector.flaws).toEqual([]);
    const spans = collector.spans.filter(({ traceId }) => traceId === CALLER.traceId);
    const attempts = STEPS.map((name) => spans.find((span) => span.name === `attempt ${name}`));
    expect(told).toEqual(attempts.map((span) => `00-${CALLER.traceId}-${span?.spanId}-01`));
    const last = spans.find(({ attributes }) =>
      String(attributes['skald.event.types']).includes('SagaCompleted'),
    );
    if (last === undefined) throw new Error('the end was not told of');
    const answer = [...ANSWERED[transport], 'command answerTasks', 'append saga'];
    expect(pathTo(spans, last)).toEqual([
      ...['POST /api/orchestration/execute/:orchName', 'command startSaga', 'append saga'],
      ...STEPS.flatMap((name) => [`attempt ${name}`, ...answer]),
    ]);
    for (const span of spans) expect(pathTo(spans, span)).not.toContain('nothing');
    const asked = spans.filter(({ name }) => name.startsWith('GET '));
    expect(asked.map(({ parentSpanId }) => parentSpanId)).toEqual(attempts.map((span) => span?.spanId));
  });
});

describe('a run whose step is tried twice, then cancelled', () => {
  it('is one tree with both attempts', { timeout: 60_000 }, async () => {
    const collector = await fakeCollector();
    const { skald, server } = await tenantWorld('poll', ['first'], {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
    });
    const body = { orchName: 'tenant', as: 'worker', steps: [{ name: 'first' }] } as const;
    await skald.orchestrations.register({ body }, { headers: { 'x-service-name': SERVICE } });
    const { flowId } = await skald.runs.start({ orchName: 'tenant' }, { traceparent: CALL });
    const poll = async () =>
      (await skald.tasks.poll({ body: { service: SERVICE, waitMs: 10_000 } })).tasks[0];
    const on = { flowId, stepName: 'first', action: 'DO', attempt: (await poll())?.attempt } as const;
    await skald.tasks.answer({ body: { ...on, metadata: { status: 'FAILED' } } });
    const again = await poll();
    await skald.runs.cancel({ flowId, body: {} });
    expect(await server.stop()).toBe(0);
    expect(collector.flaws).toEqual([]);
    const { spans } = collector;
    const attempts = spans.filter(({ name }) => name === 'attempt first');
    expect(attempts).toMatchObject([
      { status: { code: 2 }, attributes: { 'skald.attempt': 1, 'error.type': 'step_failed' } },
      {
        status: { code: 2 },
        attributes: { 'skald.attempt': 2, 'error.type': 'cancelled', 'skald.outcome': 'SagaCancelled' },
      },
    ]);
    expect(again?.traceparent).toBe(`00-${CALLER.traceId}-${attempts[1]?.spanId}-01`);
    const started = ['POST /api/orchestration/execute/:orchName', 'command startSaga', 'append saga'];
    const answered = [...ANSWERED.poll, 'command answerTasks', 'append saga'];
    expect(attempts.map((span) => pathTo(spans, span))).toEqual([
      [...started, 'attempt first'],
      [...started, 'attempt first', ...answered, 'append saga', 'attempt first'],
    ]);
  });
});
