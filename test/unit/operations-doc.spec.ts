// docs/operations.md says what is so: settings, roles, topics.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DOCUMENTED } from '../../src/config-documented.ts';
import { ROLES } from '../../src/config-servers.ts';
import { createTopics } from '../../src/infra/messaging/topics.ts';
import type { Topic } from '../../src/infra/messaging/topics.ts';
import { tableRows } from '../support/markdown-table.ts';
import { settingDefaults, settingNames } from '../support/settings.ts';

const DOC = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
const FORMATS = { yaml: 'YAML', json: 'JSON', cloudevents: 'CloudEvents' } as const;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

const settings = new Map(tableRows(DOC, 'Setting').map(([name = '', value]) => [name, value]));

const asDocumented = ({ name, direction, format, partitions, retentionMs }: Topic): readonly string[] => [
  name,
  direction,
  FORMATS[format],
  String(partitions),
  keptFor(retentionMs),
];

const keptFor = (retentionMs: number): string => {
  if (retentionMs < 0) return 'for ever';
  return retentionMs < DAY_MS ? `${retentionMs / MINUTE_MS} minutes` : `${retentionMs / DAY_MS} days`;
};

describe('docs/operations.md', () => {
  it('names every setting once, and none that there is not', () => {
    expect(settingNames().length).toBeGreaterThan(25);
    expect(
      tableRows(DOC, 'Setting')
        .map(([name]) => name)
        .sort(),
    ).toEqual([...settingNames()].sort());
  });

  it('gives each setting the default that it has', () => {
    const defaults = settingDefaults();
    for (const [name, value] of settings) expect(value, name).toBe(defaults.get(name) ?? '');
  });

  it('names every documented key, and the setting it is', () => {
    const rows = tableRows(DOC, 'Documented').map(([key, text = '']) => [
      key,
      text.split(/[`,]/).find(Boolean),
    ]);
    expect(rows).toEqual(DOCUMENTED);
  });

  it('names every role', () => {
    const named = tableRows(DOC, 'Role').map(([name]) => name);
    expect(named.filter((name) => name !== '')).toEqual([...ROLES]);
  });

  it('has every topic as it is made', () => {
    const topics = createTopics({ namespace: 'skald' });
    const work = { ...topics.work('orch', 'step'), name: 'orchestrator.<orch>.<step>' };
    expect(topics.work('orch', 'step').name).toBe('orchestrator.orch.step');
    expect(tableRows(DOC, 'Topic').map((row) => row.slice(0, 5))).toEqual(
      [...topics.fixed, work].map(asDocumented),
    );
  });
});
