// Metrics of the program as it runs, as a scraper gets them.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { systemClock } from '../../src/infra/clock/system.ts';
import { makeSigningKey } from '../../src/infra/cli/audit/keygen.ts';
import { readExposition } from '../support/exposition.ts';
import type { Exposed } from '../support/exposition.ts';
import { freshDirectory } from '../support/fresh-directory.ts';
import { call, post, read } from '../support/http-calls.ts';
import { tableRows } from '../support/markdown-table.ts';
import { metricsAddress, startSkald } from '../support/skald-server.ts';
import { AUDIENCE, claimsFor, signer } from '../support/tokens.ts';
import { guardedEdge, headersFor } from './auth-edge.ts';

const WITHIN = { timeout: 20_000, interval: 50 };
const started = z.looseObject({ flowId: z.string() });
const polled = z.object({ tasks: z.array(z.looseObject({ attempt: z.int() })) });
const ORCHESTRATION = 'canaryorch';
const SERVICE = 'canary-service';
const steps = [{ seq: 1, name: 'canarystep', objectType: 'hotel' }];
const MASTER_KEY = 'ca'.repeat(32);

const exposed = async (url: string): Promise<Exposed> => readExposition((await call(url)).text);

/** A server with a port of its own for metrics. */
const startMeasured = async (settings: Record<string, string> = {}) => {
  const directory = freshDirectory();
  const { privateKey: SIGNING_KEY_FILE } = makeSigningKey(join(directory, 'signing'));
  const server = await startSkald(join(directory, 'data'), {
    ...{ LOG_LEVEL: 'info', METRICS_PORT: '0', SIGNING_KEY_FILE, MASTER_KEY },
    ...settings,
  });
  return { ...server, probes: await metricsAddress(server) };
};

const finishRun = async (address: string): Promise<string> => {
  const headers = { 'x-service-name': SERVICE };
  const { flowId } = read(
    await post(`${address}/api/orchestration/execute/${ORCHESTRATION}`, {}, headers),
    started,
  );
  const poll = { service: SERVICE, waitMs: 10_000 };
  const { tasks } = read(await post(`${address}/api/v1/tasks/poll`, poll, headers), polled);
  const answer = {
    ...{ flowId, orchName: ORCHESTRATION, stepName: 'canarystep', action: 'DO' },
    ...{ attempt: tasks[0]?.attempt, metadata: { status: 'SUCCESS' } },
  };
  await post(`${address}/api/v1/tasks/responses`, answer, headers);
  return flowId;
};

const unreadIn = ({ samples }: Exposed) =>
  samples.filter(({ name }) => name === 'skald_metrics_unread_total');

const register = async (address: string): Promise<void> => {
  const url = `${address}/api/orchestration/register`;
  const headers = { 'x-service-name': SERVICE };
  await post(url, { orchName: ORCHESTRATION, as: 'initiator', type: 'sequential', steps }, headers);
  await post(url, { orchName: ORCHESTRATION, as: 'worker', steps: [{ name: 'canarystep' }] }, headers);
};

describe('metrics of a server', { timeout: 60_000 }, () => {
  it('move when something happens, and hold nobody and nothing by name', async () => {
    const { address, probes } = await startMeasured();
    const before = await exposed(`${probes}/metrics`);
    expect(before.valueOf('skald_runs_started_total')).toBe(0);
    expect(before.valueOf('skald_tasks_offered')).toBe(0);
    await register(address);
    const headers = { 'x-service-name': SERVICE };
    const waiting = read(
      await post(`${address}/api/orchestration/execute/${ORCHESTRATION}`, {}, headers),
      started,
    );
    const open = await vi.waitFor(async () => {
      const now = await exposed(`${probes}/metrics`);
      expect(now.valueOf('skald_tasks_offered')).toBe(1);
      expect(now.valueOf('skald_runs_open', { status: 'IN_PROGRESS' })).toBe(1);
      return now;
    }, WITHIN);
    expect(open.valueOf('skald_runs_waiting', { reason: 'with-worker' })).toBe(1);
    await post(`${address}/api/v1/sagas/${waiting.flowId}/cancel`, {});
    const flowId = await finishRun(address);
    await call(`${address}/api/v1/nowhere/${flowId}`);
    const unknown = '0198f3a0-2222-7abc-8def-00000000ca4a';
    expect((await post(`${address}/api/orchestration/undo/${unknown}`, {})).status).toBe(404);

    const after = await vi.waitFor(async () => {
      const now = await exposed(`${address}/actuator/prometheus`);
      expect(now.valueOf('skald_projection_lag_events', { projection: 'sagas' })).toBe(0);
      expect(now.valueOf('skald_bridge_lag_events')).toBe(0);
      expect(now.valueOf('skald_runs_ended_total', { outcome: 'completed' })).toBe(1);
      return now;
    }, WITHIN);
    expect(after.valueOf('skald_runs_started_total')).toBe(2);
    expect(after.valueOf('skald_commands_total', { command: 'startSaga', outcome: 'done', code: '' })).toBe(
      2,
    );
    const answered = { command: 'answerTask', outcome: 'accepted', code: '' };
    expect(after.valueOf('skald_commands_total', answered)).toBe(1);
    const refused = { command: 'undoSaga', outcome: 'rejected', code: 'unknown_run' };
    expect(after.valueOf('skald_commands_total', refused)).toBe(1);
    const route = '/api/orchestration/execute/:orchName';
    expect(after.valueOf('skald_http_requests_total', { method: 'POST', route, status: '200' })).toBe(2);
    const nowhere = { method: 'GET', route: 'unmatched', status: '404' };
    expect(after.valueOf('skald_http_requests_total', nowhere)).toBe(1);
    const took = { action: 'do', outcome: 'succeeded' };
    expect(after.valueOf('skald_step_duration_seconds_count', took)).toBe(1);
    expect(after.valueOf('skald_duty_held', { duty: 'retention' })).toBe(1);
    // Right after the start there are no read models yet.
    expect(unreadIn(after)).toEqual(unreadIn(open));
    const labels = JSON.stringify(after.samples.map((sample) => sample.labels));
    for (const secret of [flowId, waiting.flowId, 'canary', MASTER_KEY]) expect(labels).not.toContain(secret);
    expect(labels).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-/);
  });

  it('are those that docs/operations.md names, with these labels', async () => {
    const { address, probes } = await startMeasured({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' });
    await register(address);
    const SSE = { transport: 'sse' };
    const now = () => exposed(`${probes}/metrics`);

    // How long nothing was signed, also where nothing ever was.
    expect((await now()).valueOf('skald_checkpoint_age_seconds')).toBeGreaterThanOrEqual(0);
    expect((await post(`${address}/api/v1/audit/checkpoints`, {})).status).toBe(200);
    const age = (await now()).valueOf('skald_checkpoint_age_seconds');
    expect(age).toBeGreaterThanOrEqual(0);
    expect(age).toBeLessThan(60);

    // Who follows a feed.
    const leave = new AbortController();
    expect((await fetch(`${address}/api/v1/feed/sse`, { signal: leave.signal })).status).toBe(200);
    expect((await now()).valueOf('skald_feed_clients', SSE)).toBe(1);
    leave.abort();
    const { families, samples, valueOf } = await vi.waitFor(async () => {
      const later = await now();
      expect(later.valueOf('skald_feed_clients', SSE)).toBe(0);
      return later;
    }, WITHIN);
    expect(valueOf('skald_feed_connections_ended_total', { ...SSE, reason: 'gone' })).toBe(1);

    const page = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
    const documented = new Map(
      tableRows(page, 'Metric').map(([name = '', labels = '']) => [
        name,
        labels.split(/[`, ]+/).filter((label) => label !== ''),
      ]),
    );
    const ours = [...families.keys()].filter((name) => name.startsWith('skald_'));
    expect([...documented.keys()].sort()).toEqual(ours.sort());
    for (const { name, labels } of samples.filter((sample) => documented.has(sample.name)))
      expect([name, Object.keys(labels)]).toEqual([name, documented.get(name)]);

    // Prometheus' own rules of names: what it is, then its base unit; only what never falls is a total.
    for (const name of ours) {
      const { type, help } = families.get(name) ?? { type: '', help: '' };
      expect(name).toMatch(/^skald(?:_[a-z0-9]+)+$/);
      expect(name).not.toMatch(/_(?:ms|millis|milliseconds|minutes|kb|mib|megabytes|percent)(?:_|$)/);
      expect([name, name.endsWith('_total')]).toEqual([name, type === 'counter']);
      expect([name, name.endsWith('_seconds')]).toEqual([
        name,
        type === 'histogram' || /_(?:lag|age)_seconds$/.test(name),
      ]);
      expect(help).toMatch(/^[A-Z].+[^.]$/);
    }
    // A lag in events says nothing of time, one in seconds nothing of work.
    const lags = ours.filter((name) => name.endsWith('_lag_events'));
    expect(ours).toEqual(expect.arrayContaining(lags.map((name) => name.replace(/events$/, 'seconds'))));
  });
});

describe('metrics of a server that asks for tokens', { timeout: 60_000 }, () => {
  it('need one on its address, and none on the port for them', async () => {
    const key = signer();
    const publicKey = join(freshDirectory(), 'key.pub.pem');
    writeFileSync(publicKey, key.pem);
    const jwt = { AUTH: 'jwt', JWT_AUDIENCE: AUDIENCE, JWT_PUBLIC_KEY_FILE: publicKey };
    const { address, probes } = await startMeasured(jwt);
    const statusOf = async (path: string, authorization?: string) =>
      (await call(address + path, authorization === undefined ? {} : { headers: { authorization } })).status;
    const tokenOf = async (role: 'viewer' | 'service') =>
      `Bearer ${await key.sign(claimsFor('erik', [role], { nowMs: systemClock().now() }))}`;
    for (const path of ['/metrics', '/actuator/prometheus']) {
      expect(await statusOf(path)).toBe(401);
      expect(await statusOf(path, await tokenOf('service'))).toBe(403);
      expect(await statusOf(path, await tokenOf('viewer'))).toBe(200);
      expect((await call(probes + path)).status).toBe(200);
    }
    expect((await call(`${probes}/actuator/health`)).text).not.toContain('components');
    expect((await call(`${probes}/livez`)).status).toBe(200);
    expect((await call(`${probes}/api/v1/sagas`)).status).toBe(404);
  });

  it('are not there where nothing is measured', async () => {
    const app = await guardedEdge();
    const response = await app.inject({ url: '/metrics', headers: await headersFor('erik', ['viewer']) });
    expect([response.statusCode, response.json()]).toMatchObject([404, { code: 'not_found' }]);
  });
});
