import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/infra/clock/system.ts';
import { embeddedEventStore } from '../../../src/infra/event-store/embedded/embedded.ts';
import { NO_STREAM } from '../../../src/infra/event-store/port.ts';
import { createMetrics } from '../../../src/infra/telemetry/metrics.ts';
import type { Source } from '../../../src/infra/telemetry/source.ts';
import { readExposition } from '../../support/exposition.ts';
import { freshDirectory } from '../../support/fresh-directory.ts';
import { manualClock } from '../../support/manual-clock.ts';

const ID = (last: number) => `00000000-0000-4000-8000-${String(last).padStart(12, '0')}`;
const FLOW = ID(1);
const actor = { kind: 'service', id: 'trip-service', source: 'test' } as const;
const metadata = { commandId: ID(7), causationId: ID(7), correlationId: ID(8), actor };

const depth = (read: Source['read']): Source => ({
  name: 'depth',
  families: [{ name: 'skald_depth', help: 'How deep', kind: 'gauge' }],
  read,
});

const world = () => {
  const clock = manualClock();
  const troubled: string[] = [];
  const metrics = createMetrics({ clock, onTrouble: (source) => troubled.push(source) });
  return { clock, metrics, troubled, look: async () => readExposition(await metrics.exposition.render()) };
};

describe('what is measured', () => {
  it('is in the format that Prometheus reads, with what is known of the process', async () => {
    const { metrics, look } = world();
    const { families } = await look();
    expect(metrics.exposition.contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect([...families.keys()]).toEqual(
      expect.arrayContaining(['process_cpu_seconds_total', 'nodejs_eventloop_lag_seconds']),
    );
  });

  it('is named by what it counts and its unit', async () => {
    const { families } = await world().look();
    for (const [name, { type }] of families) {
      if (!name.startsWith('skald_')) continue;
      expect(name).toMatch(/^skald_[a-z_]+$/);
      expect([name, name.endsWith('_total')]).toEqual([name, type === 'counter']);
    }
  });

  it('is looked up anew each time somebody asks', async () => {
    const { metrics, look } = world();
    let value = 3;
    metrics.add(depth(() => [{ name: 'skald_depth', value }]));
    expect((await look()).valueOf('skald_depth')).toBe(3);
    value = 0;
    expect((await look()).valueOf('skald_depth')).toBe(0);
  });

  it('leaves out what cannot be read, and says so', async () => {
    const { metrics, troubled, look } = world();
    let isUp = true;
    metrics.add(
      depth(() => (isUp ? [{ name: 'skald_depth', value: 3 }] : Promise.reject(new Error('away')))),
    );
    expect((await look()).valueOf('skald_depth')).toBe(3);
    isUp = false;
    const without = await look();
    expect(without.valueOf('skald_depth')).toBeUndefined();
    expect(without.valueOf('skald_metrics_unread_total', { source: 'depth' })).toBe(1);
    isUp = true;
    expect((await look()).valueOf('skald_depth')).toBe(3);
    expect(troubled).toEqual(['depth']);
  });

  it('does not wait longer than three seconds for any of it', async () => {
    const { clock, metrics, look } = world();
    let asked = (): void => undefined;
    const isAsked = new Promise<void>((resolve) => (asked = resolve));
    metrics.add(
      depth(() => {
        asked();
        return new Promise(() => undefined);
      }),
    );
    const looking = look();
    await isAsked;
    await clock.advance(3000, () => Promise.resolve());
    expect((await looking).valueOf('skald_metrics_unread_total', { source: 'depth' })).toBe(1);
  });

  it('is looked up once for all who ask at the same time', async () => {
    const { metrics } = world();
    let reads = 0;
    metrics.add(
      depth(() => {
        reads += 1;
        return [{ name: 'skald_depth', value: reads }];
      }),
    );
    const texts = await Promise.all([1, 2, 3].map(() => metrics.exposition.render()));
    expect([reads, new Set(texts).size]).toEqual([1, 1]);
  });
});

describe('requests', () => {
  it('are counted by route, and timed from the first look on', async () => {
    const { metrics, look } = world();
    const served = { method: 'GET', route: '/api/v1/sagas/:flowId', status: 200, seconds: 0.02 };
    metrics.served(served);
    await look();
    metrics.served(served);
    const { valueOf } = await look();
    const labels = { method: 'GET', route: '/api/v1/sagas/:flowId' };
    expect(valueOf('skald_http_requests_total', { ...labels, status: '200' })).toBe(2);
    expect(valueOf('skald_http_request_duration_seconds_count', labels)).toBe(1);
    expect(valueOf('skald_http_request_duration_seconds_bucket', { ...labels, le: '0.01' })).toBe(0);
    expect(valueOf('skald_http_request_duration_seconds_bucket', { ...labels, le: '0.025' })).toBe(1);
  });

  it('that fit no route, or have a method of their own, make no labels', async () => {
    const { metrics, look } = world();
    for (const method of ['BREW', 'PURGE'])
      metrics.served({ method, route: undefined, status: 404, seconds: 0 });
    const labels = { method: 'OTHER', route: 'unmatched', status: '404' };
    expect((await look()).valueOf('skald_http_requests_total', labels)).toBe(2);
  });
});

describe('events', () => {
  // The log's time is its own.
  const claim = { by: 'trip-service', at: systemClock().now() - 2500 };
  const outcome = { step: 'book', action: 'do', attempt: 1, result: null, claim };
  const events = [
    { type: 'SagaStarted', data: { orchName: 'trip' } },
    { type: 'StepSucceeded', data: outcome },
    { type: 'SagaCompleted', data: {} },
  ].map((event, index) => ({ ...event, eventId: ID(20 + index), schemaVersion: '1.0' }));

  it('are counted as they are appended, and steps timed from their claim', async () => {
    const { metrics, look } = world();
    const raw = await embeddedEventStore({ dataDir: freshDirectory() });
    const store = metrics.meteredStore(raw);
    await look();
    const stream = `saga-${FLOW}`;
    expect((await store.append(stream, NO_STREAM, events, metadata)).kind).toBe('ok');
    expect((await store.append(stream, NO_STREAM, events.slice(1), metadata)).kind).toBe('conflict');
    const { valueOf } = await look();
    expect(valueOf('skald_log_appends_total', { outcome: 'ok' })).toBe(1);
    expect(valueOf('skald_log_appends_total', { outcome: 'conflict' })).toBe(1);
    expect(valueOf('skald_log_appends_total', { outcome: 'refused' })).toBe(0);
    expect(valueOf('skald_log_events_appended_total', { type: 'StepSucceeded' })).toBe(1);
    expect(valueOf('skald_runs_started_total')).toBe(1);
    expect(valueOf('skald_runs_ended_total', { outcome: 'completed' })).toBe(1);
    expect(valueOf('skald_runs_ended_total', { outcome: 'failed' })).toBe(0);
    const labels = { action: 'do', outcome: 'succeeded' };
    expect(valueOf('skald_step_duration_seconds_count', labels)).toBe(1);
    expect(valueOf('skald_step_duration_seconds_sum', labels)).toBeGreaterThanOrEqual(2.5);
    expect(valueOf('skald_step_duration_seconds_bucket', { ...labels, le: '60' })).toBe(1);
    await raw.close();
  });
});
