// Rules and the dashboard take what a server that runs exposes, and every rule says what to do about it.
import { readFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { makeSigningKey } from '../../src/infra/cli/audit/keygen.ts';
import { readExposition } from '../support/exposition.ts';
import { freshDirectory } from '../support/fresh-directory.ts';
import { call, post } from '../support/http-calls.ts';
import { tableRows } from '../support/markdown-table.ts';
import { anchorsOf, readAlerts, readMonitoring, readPanels } from '../support/monitoring-files.ts';
import { readQuery } from '../support/prom-query.ts';
import type { Matcher } from '../support/prom-query.ts';
import { readResources } from '../support/kustomize-files.ts';
import { startSkald } from '../support/skald-server.ts';

const PAGE = 'docs/operations.md';
/** Of whoever was scraped: the scraper adds them. */
const OF_TARGETS = ['namespace', 'pod'];
const PARTS = /_(?:bucket|sum|count)$/;
const alerts = readAlerts();
const panels = readPanels();
/** What Grafana puts in before it asks. */
const filledIn = (expr: string): string =>
  expr.replaceAll('[$__rate_interval]', '[5m]').replaceAll('$namespace', '.*');
const queries = [
  ...alerts.map(({ alert, expr }): [string, string] => [alert, expr]),
  ...panels.flatMap(({ title, targets }) =>
    targets.map(({ expr }): [string, string] => [`${title}: ${expr}`, filledIn(expr)]),
  ),
];

const documentedLabels = (): ReadonlyMap<string, readonly string[]> => {
  const page = readFileSync(new URL(`../../${PAGE}`, import.meta.url), 'utf8');
  return new Map(
    tableRows(page, 'Metric').map(([name = '', labels = '']) => [
      name,
      labels.split(/[`, ]+/).filter((label) => label !== ''),
    ]),
  );
};

/** A server with a signed checkpoint and a refused command behind it. */
const exposedByServer = async () => {
  const directory = freshDirectory();
  const { privateKey: SIGNING_KEY_FILE } = makeSigningKey(`${directory}/signing`);
  const { address } = await startSkald(`${directory}/data`, { SIGNING_KEY_FILE });
  await call(`${address}/metrics`);
  await post(`${address}/api/orchestration/execute/nowhere`, {}, { 'x-service-name': 'somebody' });
  await post(`${address}/api/v1/audit/checkpoints`, {});
  return vi.waitFor(
    async () => {
      const now = readExposition((await call(`${address}/metrics`)).text);
      expect(now.valueOf('skald_duty_held', { duty: 'bridge' })).toBe(1);
      expect(now.valueOf('skald_projection_lag_seconds', { projection: 'sagas' })).toBeDefined();
      expect(now.valueOf('skald_runs_open', { status: 'WAITING' })).toBe(0);
      return now;
    },
    { timeout: 20_000, interval: 50 },
  );
};

/** Counters of what has not happened have no values yet; these stand from the start. */
const STANDING = /^skald_(?:runs_|dead_letters_open|replays_open|projection_|feed_clients)/;

const takes = (value: string, { operator, value: wanted }: Matcher): boolean =>
  operator.endsWith('~') ? new RegExp(`^(?:${wanted})$`).test(value) : value === wanted;

describe('rules and the dashboard', { timeout: 60_000 }, () => {
  it('ask for metrics, labels and values that a server exposes', async () => {
    const { families, samples } = await exposedByServer();
    const documented = documentedLabels();
    const labelsOf = (metric: string): readonly string[] => {
      const family = metric.replace(PARTS, '');
      const seen = samples.filter(({ name }) => name === metric).flatMap(({ labels }) => Object.keys(labels));
      const bucket = metric.endsWith('_bucket') ? ['le'] : [];
      return [...OF_TARGETS, ...bucket, ...seen, ...(documented.get(family) ?? [])];
    };
    const has = (metric: string): boolean => families.has(metric) || families.has(metric.replace(PARTS, ''));
    const valuesOf = (metric: string, label: string): readonly string[] =>
      samples.flatMap(({ name, labels }) => (name === metric ? [labels[label] ?? ''] : []));
    for (const [title, query] of queries) {
      const { selected, grouping } = readQuery(query);
      for (const { metric, matchers } of selected) {
        expect(has(metric), `${title}: ${metric}`).toBe(true);
        expect(labelsOf(metric), title).toEqual(expect.arrayContaining(matchers.map(({ label }) => label)));
        const narrowed = matchers.filter(({ label }) => STANDING.test(metric) && !OF_TARGETS.includes(label));
        for (const matcher of narrowed)
          expect(
            valuesOf(metric, matcher.label).some((value) => takes(value, matcher)),
            title,
          ).toBe(true);
      }
      const known = selected.flatMap(({ metric }) => labelsOf(metric));
      expect(known, title).toEqual(expect.arrayContaining([...grouping]));
    }
  });

  it('set the same requests against each other: no probe, nobody who only reads metrics', () => {
    const requests = queries.flatMap(([title, query]) =>
      readQuery(query).selected.flatMap(({ metric, matchers }) =>
        metric === 'skald_http_requests_total' ? [{ title, matchers }] : [],
      ),
    );
    expect(requests).not.toEqual([]);
    for (const { title, matchers } of requests)
      expect(matchers, title).toContainEqual({
        ...{ label: 'route', operator: '!~', value: '/actuator/.*|/livez|/metrics|/readyz' },
      });
  });

  it('leave nothing out that is needed to read a summary or a legend', () => {
    for (const { alert, expr, annotations } of alerts) {
      const { grouping } = readQuery(expr);
      const named = [...annotations.summary.matchAll(/\$labels\.(\w+)/g)].map(([, label = '']) => label);
      expect(named, alert).toContain('namespace');
      expect(grouping, alert).toEqual(expect.arrayContaining(named));
    }
    for (const { title, targets } of panels)
      for (const { expr, legendFormat } of targets) {
        const { grouping } = readQuery(filledIn(expr));
        const named = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label);
        expect(grouping, title).toEqual(expect.arrayContaining(named));
      }
  });

  it('have a section for each rule that says what to do, and no section for what is no rule', () => {
    const names = alerts.map(({ alert }) => alert);
    expect(new Set(names).size).toBe(names.length);
    for (const { alert, annotations } of alerts)
      expect(annotations.runbook_url).toBe(`${PAGE}#${alert.toLowerCase()}`);
    const sections = anchorsOf(PAGE).filter((anchor) => /^skald[a-z]+$/.test(anchor));
    expect(sections.sort()).toEqual(names.map((name) => name.toLowerCase()).sort());
  });

  it('say what Prometheus would refuse, where it would', () => {
    for (const wrong of [
      'sum by (namespace (skald_runs_open)',
      'ratee(skald_runs_started_total[5m])',
      'rate(skald_runs_started_total[5])) > 1',
      '1 + 1',
    ])
      expect(() => readQuery(wrong), wrong).toThrow();
  });
});

const place = z.looseObject({ gridPos: z.looseObject({ x: z.int(), y: z.int(), w: z.int(), h: z.int() }) });

describe('kustomize/monitoring', () => {
  it('is applied by itself, and finds the pods of every organisation', () => {
    expect(readMonitoring()).toMatchObject({
      kind: 'Kustomization',
      namespace: 'monitoring',
      resources: ['pod-monitor.yaml', 'prometheus-rule.yaml'],
      configMapGenerator: [{ name: 'skald-dashboard', files: ['skald.json=dashboard.json'] }],
      generatorOptions: { labels: { grafana_dashboard: '1' } },
    });
    // Only there may the port for metrics be reached from.
    expect(JSON.stringify(readResources().get('network-policy.yaml'))).toContain(
      '{"kubernetes.io/metadata.name":"monitoring"}',
    );
  });

  it('has a dashboard whose panels lie beside each other, each with an id of its own', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const taken = new Set<string>();
    for (const { gridPos } of panels.map((panel) => place.parse(panel))) {
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1)
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          expect(taken.has(`${String(x)} ${String(y)}`)).toBe(false);
          taken.add(`${String(x)} ${String(y)}`);
        }
    }
  });
});
