// A collector that is of no use must cost nothing but the spans.
import type { ServerResponse } from 'node:http';
import { describe, expect, it, vi } from 'vitest';
import { readExposition } from '../support/exposition.ts';
import { fakeCollector } from '../support/fake-collector.ts';
import { freshDirectory } from '../support/fresh-directory.ts';
import { call, post } from '../support/http-calls.ts';
import { metricsAddress, startSkald } from '../support/skald-server.ts';

const WITHIN = { timeout: 20_000, interval: 50 };
const MOST_WAITING = 50;
const HEADER = 'canary-of-the-collector-7Kd2';

const traced = async (endpoint: string) => {
  const server = await startSkald(freshDirectory(), {
    ...{ LOG_LEVEL: 'info', METRICS_PORT: '0', OTEL_EXPORTER_OTLP_ENDPOINT: endpoint },
    ...{ OTEL_BSP_MAX_QUEUE_SIZE: String(MOST_WAITING), OTEL_EXPORTER_OTLP_HEADERS: `x-key=${HEADER}` },
  });
  const probes = await metricsAddress(server);
  const outcomes = async () => {
    const { valueOf } = readExposition((await call(`${probes}/metrics`)).text);
    const of = (outcome: string) => valueOf('skald_trace_spans_total', { outcome });
    return { exported: of('exported'), refused: of('refused'), dropped: of('dropped') };
  };
  const logged = (text: string) => server.output().split(text).length - 1;
  return { ...server, outcomes, logged };
};
type Traced = Awaited<ReturnType<typeof traced>>;

/** More spans than wait at most, each of an answer that was as it should be. */
const work = async ({ address }: Traced): Promise<void> => {
  const steps = [{ seq: 1, name: 'only', objectType: 'thing' }];
  const url = `${address}/api/orchestration`;
  await post(`${url}/register`, { orchName: 'trip', as: 'initiator', type: 'sequential', steps });
  for (let run = 0; run < MOST_WAITING; run += 1)
    expect((await post(`${url}/execute/trip`, {})).status).toBe(200);
};

const CANNOT = 'spans cannot be exported';

describe('a collector', { timeout: 60_000 }, () => {
  it('that never answers holds nobody up, and more spans than can wait are dropped and counted', async () => {
    const collector = await fakeCollector();
    const held: ServerResponse[] = [];
    collector.answer.with = (response) => void held.push(response);
    const server = await traced(collector.endpoint);
    await work(server);
    await vi.waitFor(() => expect(held).toHaveLength(1), WITHIN);
    const { exported, dropped = 0 } = await server.outcomes();
    expect(exported).toBe(0);
    expect(dropped).toBeGreaterThan(MOST_WAITING);
    expect(server.logged('some are dropped')).toBe(1);
    // What waits is given up in time.
    expect(await server.stop()).toBe(0);
    expect(held).toHaveLength(1);
    expect(server.output()).not.toContain(HEADER);
  });

  it('that answers 500 is told nothing twice, and complained of once', async () => {
    const collector = await fakeCollector();
    collector.answer.with = (response) => void response.writeHead(500).end('no');
    const server = await traced(collector.endpoint);
    await work(server);
    await vi.waitFor(async () => expect((await server.outcomes()).refused).toBeGreaterThan(0), WITHIN);
    await vi.waitFor(() => expect(collector.requests.length).toBeGreaterThan(1), WITHIN);
    expect((await server.outcomes()).exported).toBe(0);
    expect(server.logged(CANNOT)).toBe(server.logged('some are dropped') + 1);
    expect(await server.stop()).toBe(0);
    expect(server.output()).not.toContain(collector.endpoint);
  });

  it('that takes some spans and rejects others has those counted, and is complained of', async () => {
    const collector = await fakeCollector();
    const partialSuccess = { rejectedSpans: '1', errorMessage: 'an attribute too long' };
    collector.answer.with = (response) =>
      void response.writeHead(200).end(JSON.stringify({ partialSuccess }));
    const server = await traced(collector.endpoint);
    await work(server);
    await vi.waitFor(async () => expect((await server.outcomes()).exported).toBeGreaterThan(0), WITHIN);
    expect((await server.outcomes()).refused).toBeGreaterThan(0);
    expect(server.logged('spans: an attribute too long')).toBeGreaterThan(0);
    expect(await server.stop()).toBe(0);
  });

  it('that asks to be left alone is, for as long as it asks', async () => {
    const collector = await fakeCollector();
    const at: number[] = [];
    collector.answer.with = (response) => {
      at.push(performance.now());
      collector.answer.with = collector.taken;
      response.writeHead(429, { 'retry-after': '4' }).end();
    };
    const server = await traced(collector.endpoint);
    await work(server);
    await vi.waitFor(() => expect(server.logged('spans are exported again')).toBe(1), WITHIN);
    // Two seconds are what it would have had unasked.
    expect(performance.now() - (at[0] ?? Infinity)).toBeGreaterThan(3900);
    const { exported = 0, refused } = await server.outcomes();
    expect([exported >= MOST_WAITING, refused]).toEqual([true, 0]);
    expect(await server.stop()).toBe(0);
  });

  it('that is gone gets what waited when it is back', async () => {
    const collector = await fakeCollector();
    collector.answer.with = (response) => void response.destroy();
    const server = await traced(collector.endpoint);
    await work(server);
    await vi.waitFor(() => expect(server.output()).toContain('ECONNRESET'), WITHIN);
    expect((await server.outcomes()).exported).toBe(0);
    collector.answer.with = collector.taken;
    await vi.waitFor(() => expect(server.logged('spans are exported again')).toBe(1), WITHIN);
    expect(collector.flaws).toEqual([]);
    expect((await server.outcomes()).exported).toBeGreaterThanOrEqual(collector.spans.length);
    expect(collector.spans.length).toBeGreaterThanOrEqual(MOST_WAITING);
    expect(await server.stop()).toBe(0);
  });
});
