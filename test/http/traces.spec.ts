// Spans of the program as it runs, as a collector gets them.
import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { traceOf } from '../../src/infra/tracing/port.ts';
import { fakeCollector } from '../support/fake-collector.ts';
import type { Exported } from '../support/fake-collector.ts';
import { freshDirectory } from '../support/fresh-directory.ts';
import { call, post, read } from '../support/http-calls.ts';
import { startSkald } from '../support/skald-server.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const CALLER = '00f067aa0ba902b7';
// Not sampled, as the caller says: that decides nothing here.
const TRACEPARENT = `00-${TRACE}-${CALLER}-00`;
const PAYLOAD = 'canary-of-a-payload';
const WITHIN = { timeout: 20_000, interval: 50 };
const STEPS = ['first', 'second', 'third'];
const [SERVER, CLIENT, PRODUCER] = [2, 3, 4];

const started = z.looseObject({ flowId: z.string() });
const polled = z.object({
  tasks: z.array(
    z.looseObject({ stepName: z.string(), attempt: z.int(), traceparent: z.string().optional() }),
  ),
});

const traced = async (settings: Record<string, string> = {}) => {
  const collector = await fakeCollector();
  const server = await startSkald(freshDirectory(), {
    ...{ OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.endpoint}/`, OTEL_SERVICE_NAME: 'skald-of-a-test' },
    ...settings,
  });
  return { ...server, collector };
};

const register = async (address: string): Promise<void> => {
  const url = `${address}/api/orchestration/register`;
  const steps = STEPS.map((name, index) => ({ seq: index + 1, name, objectType: 'thing' }));
  await post(url, { orchName: 'trip', as: 'initiator', type: 'sequential', steps });
  await post(url, { orchName: 'trip', as: 'worker', steps: STEPS.map((name) => ({ name })) }, headers);
};
const headers = { 'x-service-name': 'trip-service' };

/** The run, and which span each of its tasks names. */
const runTo = async (address: string, traceparent: Record<string, string>) => {
  const told: (string | undefined)[] = [];
  const { flowId } = read(
    await post(`${address}/api/orchestration/execute/trip`, { text: PAYLOAD }, traceparent),
    started,
  );
  for (const stepName of STEPS) {
    const poll = { service: 'trip-service', waitMs: 10_000 };
    const { tasks } = read(await post(`${address}/api/v1/tasks/poll`, poll), polled);
    expect(tasks.map((task) => task.stepName)).toEqual([stepName]);
    told.push(tasks[0]?.traceparent);
    const answer = {
      ...{ flowId, orchName: 'trip', stepName, action: 'DO', attempt: tasks[0]?.attempt },
      ...{ metadata: { status: 'SUCCESS' }, payload: Buffer.from(PAYLOAD).toString('base64') },
    };
    expect((await post(`${address}/api/v1/tasks/responses`, answer)).status).toBe(200);
  }
  return { flowId, told };
};

const only = (spans: readonly Exported[]): Exported => {
  expect(spans.map(({ name }) => name)).toHaveLength(1);
  const [span] = spans;
  if (span === undefined) throw new Error('there is none');
  return span;
};
const contextOf = ({ traceId, spanId }: Exported) => ({ traceId, spanId });
const typesOf = ({ attributes }: Exported) => z.array(z.string()).parse(attributes['skald.event.types']);

describe('traces of a run of three steps', { timeout: 60_000 }, () => {
  it('lead from the request to what went out, by parents and links', async () => {
    const { address, stop, collector } = await traced();
    await register(address);
    const { flowId, told } = await runTo(address, { traceparent: TRACEPARENT });
    const { spans } = collector;
    const named = (name: string) => spans.filter((span) => span.name === name);
    await vi.waitFor(() => {
      const types = named('send skald.events.saga').map(
        ({ attributes }) => attributes['cloudevents.event_type'],
      );
      expect(types).toContain('dev.skald.saga.completed.v1');
    }, WITHIN);
    expect(await stop()).toBe(0);
    expect(collector.flaws).toEqual([]);

    // What the caller asked for: one below the other.
    const request = only(named('POST /api/orchestration/execute/:orchName'));
    expect(request).toMatchObject({ traceId: TRACE, parentSpanId: CALLER, kind: SERVER });
    expect(request.attributes).toMatchObject({ 'http.response.status_code': 200, 'url.scheme': 'http' });
    const command = only(named('command startSaga'));
    expect(command).toMatchObject({ traceId: TRACE, parentSpanId: request.spanId });
    expect(command.attributes).toMatchObject({ 'skald.flow.id': flowId, 'skald.outcome': 'done' });
    const appends = named('append saga').filter(({ attributes }) => attributes['skald.flow.id'] === flowId);
    const start = only(appends.filter((span) => typesOf(span).includes('SagaStarted')));
    expect(start).toMatchObject({ traceId: TRACE, parentSpanId: command.spanId, kind: CLIENT });

    // Who answers names no trace: that is the run's then, which it writes to.
    const answers = appends.filter((span) => span !== start);
    expect(answers).toHaveLength(STEPS.length);
    const answering = named('command answerTasks');
    const attempts = STEPS.map((step) => only(named(`attempt ${step}`)));
    for (const [index, answer] of answers.entries()) {
      const asked = only(answering.filter(({ spanId }) => spanId === answer.parentSpanId));
      expect([answer.traceId, asked.traceId]).toEqual([TRACE, TRACE]);
      for (const span of [answer, asked]) expect(span).not.toHaveProperty('links');
      const post = only(spans.filter(({ spanId }) => spanId === asked.parentSpanId));
      expect(post).toMatchObject({ name: 'POST /api/v1/tasks/responses', traceId: TRACE });
      // What it answers is what it is below.
      expect([post.parentSpanId]).toEqual(attempts.slice(index, index + 1).map(({ spanId }) => spanId));
    }
    expect(told).toEqual(attempts.map(({ spanId }) => `00-${TRACE}-${spanId}-01`));
    // Who asks for work again and again is told of with what he gets.
    expect(named('POST /api/v1/tasks/poll')).toEqual([]);

    // Each attempt, once it has ended, below what dispatched it.
    const causes = [start, ...answers];
    for (const [index, step] of STEPS.entries()) {
      const attempt = only(named(`attempt ${step}`));
      expect(attempt).toMatchObject({ traceId: TRACE, events: [{ name: 'claimed' }] });
      expect([attempt.parentSpanId]).toEqual(causes.slice(index, index + 1).map(({ spanId }) => spanId));
      expect(attempt).not.toHaveProperty('links');
      expect(attempt.attributes).toMatchObject({
        ...{ 'skald.flow.id': flowId, 'skald.step.name': step, 'skald.attempt': 1 },
        ...{ 'skald.outcome': 'StepSucceeded', 'skald.worker': 'trip-service' },
      });
    }

    // Every event that went out, below what appended it.
    const sent = named('send skald.events.saga').filter(({ traceId }) => traceId === TRACE);
    expect(sent.length).toBe(causes.flatMap(typesOf).length);
    for (const cause of causes)
      expect(sent.filter(({ parentSpanId }) => parentSpanId === cause.spanId)).toHaveLength(
        typesOf(cause).length,
      );
    for (const span of sent)
      expect([span.kind, span.attributes['skald.flow.id'], span.attributes['messaging.system']]).toEqual([
        ...[PRODUCER, flowId, 'skald'],
      ]);

    // Nothing in a name that differs from run to run, no payload anywhere, every id once.
    for (const { name } of spans) expect(name).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}/);
    expect(JSON.stringify(spans)).not.toContain(PAYLOAD);
    expect(JSON.stringify(spans)).not.toContain(Buffer.from(PAYLOAD).toString('base64'));
    expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(spans.length);
    for (const span of spans) expect(span.endTimeUnixNano >= span.startTimeUnixNano).toBe(true);
    expect(collector.resources[0]).toMatchObject({ 'service.name': 'skald-of-a-test' });
  });

  it("are the run's where the caller names none, are told, change nothing that is stored, and leave probes and heartbeats out", async () => {
    const { address, stop, collector } = await traced({
      OTEL_EXPORTER_OTLP_HEADERS: 'x-key=a%20secret,X-Other=2',
    });
    await register(address);
    const answered = await fetch(`${address}/api/orchestration/execute/trip`, { method: 'POST' });
    const [, traceId, spanId, flag] = answered.headers.get('traceparent')?.split('-') ?? [];
    expect(flag).toBe('01');
    // Its own conversation, as it is without traces.
    const { flowId } = started.parse(await answered.json());
    expect(traceId).toBe(traceOf(flowId));
    expect(answered.headers.get('x-correlation-id')).not.toBe(traceId);
    const probe = await fetch(`${address}/livez`, { headers: { traceparent: TRACEPARENT } });
    expect([probe.status, probe.headers.get('traceparent')?.slice(-2)]).toEqual([200, '00']);
    const beat = { flowId, stepName: 'first', action: 'DO', attempt: 1 };
    expect((await post(`${address}/api/v1/tasks/heartbeat`, beat)).status).toBe(200);
    expect((await post(`${address}/api/v1/workers/heartbeat`, { service: 'trip-service' })).status).toBe(200);
    expect((await call(`${address}/nowhere`, { headers: { 'x-correlation-id': 'c-1' } })).status).toBe(404);
    expect(await stop()).toBe(0);
    const { spans, requests } = collector;
    const request = only(spans.filter((span) => span.name === 'POST /api/orchestration/execute/:orchName'));
    expect(contextOf(request)).toEqual({ traceId, spanId });
    expect(request).not.toHaveProperty('parentSpanId');
    const append = only(
      spans.filter(({ attributes }) => String(attributes['skald.event.types']).includes('SagaStarted')),
    );
    expect(append).toMatchObject({ traceId, attributes: { 'skald.correlation.id': flowId } });
    expect(spans.filter(({ name }) => name.startsWith('GET')).map(({ name }) => name)).toEqual(['GET']);
    expect(spans.filter(({ name }) => name.endsWith('heartbeat'))).toEqual([]);
    expect(requests[0]).toMatchObject({
      url: '/v1/traces',
      headers: { 'content-type': 'application/json', 'x-key': 'a secret', 'x-other': '2' },
    });
  });

  it('are all exported or none, by the id of the trace', async () => {
    const { address, stop, collector } = await traced({
      ...{ OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.5' },
    });
    const ask = (last: string) =>
      fetch(`${address}/api/v1/events`, {
        headers: { traceparent: `00-${TRACE.slice(0, -13)}${last.repeat(13)}-${CALLER}-01` },
      });
    const flags = [await ask('7'), await ask('8')].map((answer) =>
      answer.headers.get('traceparent')?.slice(-2),
    );
    expect(flags).toEqual(['00', '01']);
    expect(await stop()).toBe(0);
    expect(collector.spans.map(({ traceId }) => traceId.slice(-1))).toEqual(['8']);
  });
});
