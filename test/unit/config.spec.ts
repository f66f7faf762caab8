import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
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
        LOG_LEVEL: 'info',
        LEASE_MS: 30_000,
        SWEEP_MS: 60_000,
        RELEASE_BATCH: 100,
        RELEASE_INTERVAL_MS: 100,
        SILENT_MS: 60_000,
        DEAF_MS: 30_000,
      },
    });
  });

  it('takes an empty variable as unset, and ignores those it does not know', () => {
    expect(loadConfig({ PORT: '', HOME: '/home/x' })).toEqual(loadConfig({}));
  });

  it('accepts port 0 for any free port', () => {
    expect(loadConfig({ PORT: '0' })).toMatchObject({ config: { PORT: 0 } });
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

  it('says that JWT is not available yet', () => {
    expect(problemsOf({ AUTH: 'jwt' })).toEqual([expect.stringContaining('JWT is not available yet')]);
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
