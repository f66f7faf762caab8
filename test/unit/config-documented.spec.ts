import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DOCUMENTED } from '../../src/config-documented.ts';
import { durationMs } from '../../src/config-duration.ts';
import { loadConfig } from '../../src/config.ts';
import { readSettingsFile } from '../../src/infra/settings-file/settings-file.ts';
import { freshDirectory } from '../support/fresh-directory.ts';
import { settingNames } from '../support/settings.ts';

const KEEP = 'novari.flyt.instance-service.time-to-keep-instance-in-days';
const EVENTS = 'novari.flyt.instance-service.kafka.topic.instance-processing-events-retention-time';
const DAY_MS = 86_400_000;

const configOf = (env: Record<string, string>) => {
  const loaded = loadConfig(env, readSettingsFile);
  if (loaded.kind === 'invalid') throw new Error(loaded.problems.join('\n'));
  return loaded.config;
};

const problemsOf = (env: Record<string, string>) => {
  const loaded = loadConfig(env, readSettingsFile);
  return loaded.kind === 'invalid' ? loaded.problems : [];
};

const fileOf = (name: string, text: string | Uint8Array): string => {
  const path = join(freshDirectory(), name);
  writeFileSync(path, text);
  return path;
};

describe('a duration', () => {
  it.each([
    ['4d', 4 * DAY_MS],
    ['96h', 4 * DAY_MS],
    ['PT96H', 4 * DAY_MS],
    ['P4D', 4 * DAY_MS],
    ['345600000', 4 * DAY_MS],
    ['P1DT2H3M4S', 93_784_000],
    ['pt10m', 600_000],
    ['250ms', 250],
    ['30s', 30_000],
    [' 5m ', 300_000],
    ['0', 0],
  ])('%s is %i milliseconds', (text, ms) => {
    expect(durationMs(text)).toBe(ms);
  });

  it.each(['', 'P', 'PT', 'P4', '4 days', '-4d', '4w', '1e3', 'PT1H2', '4.5d', 'd'])('is not %j', (text) => {
    expect(durationMs(text)).toBeUndefined();
  });
});

describe('documented names', () => {
  it('stand for settings that there are', () => {
    const names = settingNames();
    for (const [key, setting] of DOCUMENTED) expect(names, key).toContain(setting);
  });

  it.each([
    'NOVARI_FLYT_INSTANCESERVICE_TIMETOKEEPINSTANCEINDAYS',
    'NOVARI_FLYT_INSTANCE_SERVICE_TIME_TO_KEEP_INSTANCE_IN_DAYS',
    KEEP,
  ])('are taken from the environment as %s', (name) => {
    expect(configOf({ [name]: '30' }).INSTANCE_KEEP_DAYS).toBe(30);
  });

  it.each([
    ['nested', `novari:\n  flyt:\n    instance-service:\n      time-to-keep-instance-in-days: 30\n`],
    ['dotted', `${KEEP}: 30\nlogging.level.root: INFO\n`],
    ['mixed', `novari.flyt:\n  instance-service:\n    "time-to-keep-instance-in-days": "30"\n`],
  ])('are taken from a file of YAML, %s', (_form, text) => {
    expect(configOf({ CONFIG_FILE: fileOf('application.yaml', text) }).INSTANCE_KEEP_DAYS).toBe(30);
  });

  it('are taken from a file of properties, as Java writes them', () => {
    const text = [
      '# a comment',
      '! another one',
      `${KEEP} = 3\\`,
      '    0',
      `${EVENTS}:2d`,
      'fint.org-id afk\\u002Eno',
      'slack.webhook.url=https\\://hooks.example/a',
      'PORT=8081',
      '',
    ].join('\r\n');
    const config = configOf({ CONFIG_FILE: fileOf('a.properties', text) });
    expect(config).toMatchObject({
      ...{ INSTANCE_KEEP_DAYS: 30, INSTANCE_EVENTS_RETENTION: 2 * DAY_MS, ORG_ID: 'afk.no', PORT: 8081 },
    });
    expect(config.SLACK_WEBHOOK_URL?.reveal()).toBe('https://hooks.example/a');
    expect(JSON.stringify(config)).not.toContain('hooks.example');
  });

  it('say who may use the internal API, and whether there is one', () => {
    const api = 'novari.flyt.resource-server.security.api';
    const text = `${api}:\n  internal-client: [a, b]\n  internal:\n    enabled: false\n`;
    expect(configOf({ CONFIG_FILE: fileOf('a.yml', text) })).toMatchObject({
      ...{ INTERNAL_CLIENTS: ['a', 'b'], INTERNAL_API: 'off' },
    });
    const env = { [`${api}.internal.authorized-org-id-role-pairs-json`]: '{"afk.no":["USER"]}' };
    expect(configOf(env).ORGANISATION_ROLES).toBeDefined();
  });

  it('count from the environment where a file has them too, whatever form they have', () => {
    const CONFIG_FILE = fileOf('a.yml', `${KEEP}: 10\nORG_ID: from-file\nfint.application-id: from-file\n`);
    const config = configOf({ CONFIG_FILE, INSTANCE_KEEP_DAYS: '20', FINT_ORGID: 'from-environment' });
    expect(config).toMatchObject({
      ...{ INSTANCE_KEEP_DAYS: 20, ORG_ID: 'from-environment', APPLICATION_ID: 'from-file' },
    });
  });

  it('give the retention in milliseconds the last word, wherever it stands', () => {
    const CONFIG_FILE = fileOf('a.yml', `${EVENTS}-ms: 1000\n`);
    expect(configOf({ CONFIG_FILE, [EVENTS]: '4d' }).INSTANCE_EVENTS_RETENTION).toBe(1000);
    expect(configOf({ [`${EVENTS}-ms`]: '1000', [EVENTS]: '4d' }).INSTANCE_EVENTS_RETENTION).toBe(1000);
    expect(configOf({ CONFIG_FILE }).INSTANCE_EVENTS_RETENTION).toBe(1000);
  });

  it('are named, all of them, where something is wrong with them', () => {
    const text = `${KEEP}: often\nnovari.flyt.instance-service.time-to-kep: 1\nfint.org-id: "\${ORG}"\n`;
    const problems = problemsOf({
      CONFIG_FILE: fileOf('a.yml', text),
      SPRING_DATASOURCE_URL: 'jdbc:postgresql://db/instances',
      [EVENTS]: 'soon',
      SLACK_WEBHOOK_URL: 'hooks',
      TOPIC_ORG_ID: 'afk.no',
    });
    expect(problems.map((problem) => problem.replace(/^CONFIG_FILE \S+: /, '').split(' ')[0]).sort()).toEqual(
      [
        ...['INSTANCE_EVENTS_RETENTION', 'INSTANCE_KEEP_DAYS', 'SLACK_WEBHOOK_URL', 'SPRING_DATASOURCE_URL'],
        ...['TOPIC_ORG_ID', 'fint.org-id', 'novari.flyt.instance-service.time-to-kep'],
      ],
    );
  });

  it('are refused where one place says two things', () => {
    expect(problemsOf({ FINT_ORGID: 'a', FINT_ORG_ID: 'b' })).toEqual([expect.stringContaining('set twice')]);
    expect(problemsOf({ FINT_ORGID: 'a', FINT_ORG_ID: 'a' })).toEqual([]);
  });

  it('say where data is kept, where a database of ours is meant', () => {
    const problems = problemsOf({ 'spring.datasource.url': 'mongodb://host/db' });
    expect(problems).toContainEqual(
      expect.stringContaining('EVENTSTOREDB_URL must be set beside MONGODB_URL'),
    );
  });
});

describe('the file of settings', () => {
  it.each([
    ['a.yaml', 'a: [', /not well-formed/],
    ['a.yaml', '- PORT: 9000', /must hold names with values/],
    ['a.yaml', 'PORT=9000', /must hold names with values/],
    ['a.yaml', 'a: &x 1\nPORT: *x', /has aliases/],
    ['a.yaml', Buffer.from([0xff, 0xfe, 0xff]), /cannot be read: it is no UTF-8/],
    ['a.toml', 'a = 1', /\.yaml/],
    ['a.properties', 'x'.repeat(300_000), /larger/],
  ])('is refused as %s where it cannot be read', (name, text, message) => {
    expect(problemsOf({ CONFIG_FILE: fileOf(name, text) })).toEqual([expect.stringMatching(message)]);
  });

  it.each(['', '# PORT: 9000\n', '---\n# PORT: 9000\n'])('may say nothing: %j', (text) => {
    expect(problemsOf({ CONFIG_FILE: fileOf('a.yaml', text) })).toEqual([]);
  });

  it('is refused where it is not there', () => {
    expect(problemsOf({ CONFIG_FILE: '/nowhere/a.yaml' })).toEqual([expect.stringContaining('ENOENT')]);
  });
});
