import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';
import { KUSTOMIZE } from './kustomize-files.ts';

const MONITORING = `${KUSTOMIZE}/monitoring`;

const alert = z.strictObject({
  alert: z.string().regex(/^Skald[A-Za-z]+$/),
  expr: z.string(),
  for: z
    .string()
    .regex(/^\d+m$/)
    .optional(),
  labels: z.strictObject({ severity: z.enum(['critical', 'warning']) }),
  annotations: z.strictObject({ summary: z.string().regex(/\.$/), runbook_url: z.string() }),
});
const rule = z.strictObject({
  apiVersion: z.literal('monitoring.coreos.com/v1'),
  kind: z.literal('PrometheusRule'),
  metadata: z.strictObject({ name: z.literal('skald') }),
  spec: z.strictObject({
    groups: z.tuple([z.strictObject({ name: z.string(), rules: z.array(alert).nonempty() })]),
  }),
});
export type Alert = z.output<typeof alert>;

const target = z.looseObject({ refId: z.string(), expr: z.string(), legendFormat: z.string() });
const panel = z.looseObject({
  id: z.int(),
  type: z.enum(['row', 'stat', 'timeseries']),
  title: z.string().min(1),
  gridPos: z.strictObject({ x: z.int(), y: z.int(), w: z.int(), h: z.int() }),
  targets: z.array(target).default([]),
});
const dashboard = z.looseObject({ uid: z.literal('skald'), panels: z.array(panel).nonempty() });
export type Panel = z.output<typeof panel>;

const textOf = (path: string): string => readFileSync(path, 'utf8');

export const readMonitoring = (): Readonly<Record<string, unknown>> =>
  z.record(z.string(), z.unknown()).parse(parse(textOf(`${MONITORING}/kustomization.yaml`)));

export const readAlerts = (): readonly Alert[] =>
  rule.parse(parse(textOf(`${MONITORING}/prometheus-rule.yaml`))).spec.groups[0].rules;

export const readPanels = (): readonly Panel[] =>
  dashboard.parse(JSON.parse(textOf(`${MONITORING}/dashboard.json`))).panels;

/** Anchors of a page's headings, as GitHub makes them. */
export const anchorsOf = (page: string): readonly string[] =>
  [...textOf(fileURLToPath(new URL(`../../${page}`, import.meta.url))).matchAll(/^#+ (.+)$/gm)].map(
    ([, title = '']) =>
      title
        .toLowerCase()
        .replaceAll(/[^a-z0-9 -]/g, '')
        .replaceAll(' ', '-'),
  );
