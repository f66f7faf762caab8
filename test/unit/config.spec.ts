import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { busOf } from '../../src/config-servers.ts';
import { loadConfig } from '../../src/config.ts';

const problemsOf = (env: Record<string, string>) => {
  const loaded = loadConfig(env);
  return loaded.kind === 'invalid' ? loaded.problems : [];
};

describe('configuration', () => {
  it('has a default for everything', () => {
    expect(loadConfig({})).toEqual({
      kind: 'ok',
      config: {
        HOST: '127.0.0.1',
        PORT: 8080,
        DATA_DIR: './data',
        AUTH: 'off',
        JWT_ORGANISATION_CLAIM: 'organizationid',
        JWT_USER_CLAIM: 'objectidentifier',
        INTERNAL_CLIENTS: [],
        INTERNAL_API: 'on',
        LOG_LEVEL: 'info',
        LEASE_MS: 30_000,
        SWEEP_MS: 60_000,
        RELEASE_BATCH: 100,
        RELEASE_INTERVAL_MS: 100,
        SILENT_MS: 60_000,
        DEAF_MS: 30_000,
        TAKE_BACK_MS: 60_000,
        KAFKA_SSL: 'off',
        KAFKA_SESSION_TIMEOUT_MS: 10_000,
        NAMESPACE: 'skald',
        ROLES: new Set(['api', 'projector', 'reactor', 'bridge', 'consumer', 'sweeper']),
        ROLE_LEASE_MS: 10_000,
        CHECKPOINT_EVERY_MS: 3_600_000,
        REPLAY_CALLBACK_HOSTS: [],
        AS_OF_MIB: 1024,
        RATE_LIMITS: {},
        QUOTAS: { orchestrations: 10_000, services: 10_000, topics: 10_000 },
        INSTANCE_KEEP_DAYS: 60,
        INSTANCE_EVENTS_RETENTION: 345_600_000,
        RETENTION_DELAY: 30_000,
        RETENTION_INTERVAL: 86_400_000,
        APPLICATION_ID: 'fint-flyt-instance-service',
        ORG_ID: 'local',
        TOPIC_ORG_ID: 'local',
        TOPIC_DOMAIN_CONTEXT: 'flyt',
        INSTANCE_ERRORS: 'named',
        INSTANCE_FLOW_HEADERS: 'own',
        OTEL_SERVICE_NAME: 'skald',
        OTEL_TRACES_SAMPLER: 'always_on',
        OTEL_TRACES_SAMPLER_ARG: 1,
        OTEL_BSP_MAX_QUEUE_SIZE: 8192,
      },
    });
  });

  it('takes an empty variable as unset, and ignores those it does not know', () => {
    expect(loadConfig({ PORT: '', HOME: '/home/x' })).toEqual(loadConfig({}));
  });

  it('accepts port 0 for any free port', () => {
    expect(loadConfig({ PORT: '0' })).toMatchObject({ config: { PORT: 0 } });
    expect(loadConfig({ METRICS_PORT: '0' })).toMatchObject({ config: { METRICS_PORT: 0 } });
    expect(problemsOf({ METRICS_PORT: '65536' })).toEqual([expect.stringMatching(/^METRICS_PORT must be/)]);
  });

  it('has no port for two things', () => {
    const [problem] = problemsOf({ METRICS_PORT: '8080' });
    expect(problem).toMatch(/^METRICS_PORT must be another port than PORT/);
    expect(problemsOf({ METRICS_PORT: '0', PORT: '0' })).toEqual([]);
    expect(problemsOf({ METRICS_PORT: '9464' })).toEqual([]);
  });

  it('takes quotas by name, and keeps the others', () => {
    expect(loadConfig({ QUOTAS: 'topics=5' })).toMatchObject({
      config: { QUOTAS: { orchestrations: 10_000, services: 10_000, topics: 5 } },
    });
    expect(problemsOf({ QUOTAS: 'steps=5' })).toEqual([
      'QUOTAS must be entries like orchestrations=1000, separated by commas; of orchestrations, services, topics',
    ]);
  });

  it('takes limits on requests by group, and nothing that is none', () => {
    expect(loadConfig({ RATE_LIMITS: 'commands=6000, exports=60' })).toMatchObject({
      config: { RATE_LIMITS: { commands: 6000, exports: 60 } },
    });
    for (const wrong of [
      'commands',
      'commands=0',
      'commands=-1',
      'commands=1e3',
      'all=5',
      'commands=5,',
      '5',
    ])
      expect(problemsOf({ RATE_LIMITS: wrong }), wrong).toEqual([
        expect.stringMatching(/^RATE_LIMITS must be entries like commands=1000/),
      ]);
  });

  it.each(['/', 'org', '/org/', '/a b', '/org/../x', '/a/b/c/d/e/f'])('has no base path %j', (path) => {
    expect(problemsOf({ BASE_PATH: path })).toEqual(['BASE_PATH must be like /org or /beta/org']);
  });

  it('takes the number of copies of topics by either name', () => {
    expect(loadConfig({ TOPIC_REPLICAS: '3' })).toMatchObject({ config: { TOPIC_REPLICAS: 3 } });
    const documented = loadConfig({ NOVARI_KAFKA_DEFAULTREPLICAS: '2' });
    expect(documented).toMatchObject({ config: { TOPIC_REPLICAS: 2 } });
    for (const wrong of ['0', '-1', '100', 'two'])
      expect(problemsOf({ TOPIC_REPLICAS: wrong })[0]).toMatch(/^TOPIC_REPLICAS must be/);
  });

  it('reports everything that is wrong at once, by name', () => {
    const problems = problemsOf({
      HOST: '0.0.0.0',
      PORT: '70000',
      LOG_LEVEL: 'loud',
      LEASE_MS: '-1',
      MASTER_KEY: 'short',
      MASTER_KEY_FILE: '/k',
      DEBUG: 'esdb:*',
      NODE_TLS_REJECT_UNAUTHORIZED: '0',
    });
    const names = problems.map((problem) => problem.split(' ')[0]);
    expect(names.sort()).toEqual([
      'DEBUG',
      'HOST',
      'LEASE_MS',
      'LOG_LEVEL',
      'MASTER_KEY',
      'MASTER_KEY_FILE',
      'NODE_TLS_REJECT_UNAUTHORIZED',
      'PORT',
    ]);
  });

  it.each(['0.0.0.0', '::', '192.168.0.1', 'example.org', '127.0.0.1.example.org'])(
    'refuses to serve on %s without authentication',
    (host) => {
      expect(problemsOf({ HOST: host })).toEqual([
        expect.stringContaining('HOST must be a loopback address'),
      ]);
    },
  );

  it.each(['127.0.0.1', '127.8.9.1', '::1', 'localhost'])('serves on %s', (host) => {
    expect(loadConfig({ HOST: host }).kind).toBe('ok');
  });

  it('takes tokens only with an audience, and keys to check them with', () => {
    const auth = { AUTH: 'jwt', HOST: '0.0.0.0' };
    expect(problemsOf(auth)).toEqual([
      expect.stringContaining('JWT_ISSUER or JWT_PUBLIC_KEY_FILE must be set'),
      expect.stringContaining('JWT_AUDIENCE must be set'),
    ]);
    expect(problemsOf({ ...auth, JWT_ISSUER: 'https://idp.example', JWT_AUDIENCE: 'skald' })).toEqual([]);
    expect(problemsOf({ ...auth, JWT_PUBLIC_KEY_FILE: 'k.pem', JWT_AUDIENCE: 'skald' })).toEqual([]);
    expect(problemsOf({ AUTH: 'maybe' })).toEqual(['AUTH must be off or jwt']);
  });

  it.each([
    'http://idp.example',
    'ftp://idp.example',
    'https://u:p@idp.example',
    'https://i.example?x',
    'idp',
  ])('does not look for keys at %s', (issuer) => {
    const problems = problemsOf({ AUTH: 'jwt', JWT_AUDIENCE: 'skald', JWT_ISSUER: issuer });
    expect(problems).toEqual([expect.stringMatching(/^JWT_ISSUER must be an https address/)]);
  });

  it.each(['esdb', 'esdb:*', 'http, esdb:command', '*', 'es*'])('refuses DEBUG=%s', (debug) => {
    expect(problemsOf({ DEBUG: debug })).toHaveLength(1);
  });

  it.each(['http', 'fastify:*', '-esdb:*'])('accepts DEBUG=%s', (debug) => {
    expect(problemsOf({ DEBUG: debug })).toEqual([]);
  });

  it('shows a secret only when asked for it', () => {
    const key = 'ab'.repeat(32);
    const loaded = loadConfig({ MASTER_KEY: key });
    if (loaded.kind !== 'ok') throw new Error('expected a configuration');
    expect(loaded.config.MASTER_KEY?.reveal()).toBe(key);
    const shown = [
      JSON.stringify(loaded),
      inspect(loaded, { depth: 9 }),
      String(loaded.config.MASTER_KEY),
    ].join();
    expect(shown).toContain('***');
    expect(shown).not.toContain(key);
  });

  it('does not repeat a wrong secret', () => {
    expect(problemsOf({ MASTER_KEY: 'hunter2' }).join()).not.toContain('hunter2');
  });
});

describe('servers', () => {
  const served = {
    EVENTSTOREDB_URL: 'esdb://admin:changeit@127.0.0.1:2113?tls=false',
    MONGODB_URL: 'mongodb://127.0.0.1:27017/skald',
    MASTER_KEY: 'ab'.repeat(32),
  };

  it('are taken where they are complete, and their addresses stay secret', () => {
    const loaded = loadConfig({
      ...served,
      KAFKA_BROKERS: '127.0.0.1:9092, 127.0.0.1:9093',
      ROLES: 'api,bridge',
    });
    expect(loaded).toMatchObject({
      kind: 'ok',
      config: { KAFKA_BROKERS: ['127.0.0.1:9092', '127.0.0.1:9093'], ROLES: new Set(['api', 'bridge']) },
    });
    expect(JSON.stringify(loaded) + inspect(loaded, { depth: 9 })).not.toContain('changeit');
  });

  it.each([
    ['MONGODB_URL', { ...served, MONGODB_URL: '' }],
    ['EVENTSTOREDB_URL', { ...served, EVENTSTOREDB_URL: '' }],
    ['EVENTSTOREDB_URL', { ...served, EVENTSTOREDB_URL: 'http://127.0.0.1:2113' }],
    ['MASTER_KEY', { ...served, MASTER_KEY: '' }],
    ['BUS', { ...served, BUS: 'embedded' }],
    ['BUS', { BUS: 'pigeon' }],
    ['KAFKA_BROKERS', { BUS: 'kafka' }],
    ['KAFKA_BROKERS', { KAFKA_BROKERS: 'broker' }],
    ['KAFKA_USERNAME', { KAFKA_BROKERS: '127.0.0.1:9092', KAFKA_USERNAME: 'u' }],
    ['ROLES', { ROLES: 'api' }],
    ['ROLES', { ...served, ROLES: 'api,king' }],
    ['NAMESPACE', { NAMESPACE: 'My-Place' }],
    ['TOPIC_PREFIX', { TOPIC_PREFIX: 'a b' }],
    ['TOPICS', { TOPICS: 'kings.partitions=3' }],
    ['TOPICS', { TOPICS: 'work.partitions=0' }],
    ['TOPICS', { TOPICS: 'work.retention=7w' }],
  ])('%s is named where it is wrong or missing', (name, env) => {
    expect(problemsOf(env).map((problem) => problem.split(' ')[0])).toEqual([name]);
  });

  it('take what differs from the table of topics', () => {
    expect(
      loadConfig({ TOPICS: 'work.partitions=6, work.retention=12h,status.retention=5ms' }),
    ).toMatchObject({
      config: { TOPICS: { work: { partitions: 6, retentionMs: 43_200_000 }, status: { retentionMs: 5 } } },
    });
  });

  it.each([
    ['embedded', {}],
    ['kafka', { KAFKA_BROKERS: ['127.0.0.1:9092'] }],
    ['off', { EVENTSTOREDB_URL: 'set' }],
    ['off', { BUS: 'off', KAFKA_BROKERS: ['127.0.0.1:9092'] } as const],
  ])('mean the bus %s', (bus, config) => {
    expect(busOf(config)).toBe(bus);
  });
});
