import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { importSPKI, jwtVerify } from 'jose';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ROLES } from '../../src/infra/identity/port.ts';
import { resolveMasterKey } from '../../src/infra/keys/master-key.ts';
import { freshDirectory } from '../support/fresh-directory.ts';
import { makeKeys } from '../support/make-keys.ts';
import { startSkald } from '../support/skald-server.ts';

const TOP = new URL('../../', import.meta.url);
const textOf = (path: string): string => readFileSync(new URL(path, TOP), 'utf8');
const dockerfile = textOf('deploy/Dockerfile');
const instructions = (name: string): readonly string[] =>
  [...dockerfile.matchAll(new RegExp(`^${name} (.+)$`, 'gm'))].map(([, rest = '']) => rest);

/** Files and folders that the image takes from here. */
const copied = instructions('COPY')
  .filter((what) => !what.startsWith('--from'))
  .flatMap((what) => what.split(' ').slice(0, -1));

const isHealthy = (url: string): boolean => {
  try {
    execFileSync(process.execPath, [fileURLToPath(new URL('deploy/is-healthy.mjs', TOP)), url]);
    return true;
  } catch {
    return false;
  }
};

describe('the image', () => {
  it('has the Node that Skald is tested on', () => {
    const manifest = z.object({ optionalDependencies: z.record(z.string(), z.string()) });
    const { optionalDependencies } = manifest.parse(JSON.parse(textOf('package.json')));
    const [version] = Object.values(optionalDependencies);
    const bases = instructions('FROM').map((base) => base.split(' ')[0]);
    expect(new Set(bases)).toEqual(new Set([`node:${version ?? ''}-bookworm-slim`]));
  });

  it('runs Skald itself, as somebody without rights', () => {
    expect(instructions('USER')).toEqual(['1000:1000']);
    expect(instructions('CMD')).toEqual(['["node", "src/main.ts"]']);
  });

  it('says what it is, in which version and made from what', () => {
    const labels = new Map(
      [...dockerfile.matchAll(/org\.opencontainers\.image\.([a-z.]+)="([^"]*)"/g)].map(
        ([, name = '', value = '']) => [name, value],
      ),
    );
    const { version } = z.object({ version: z.string() }).parse(JSON.parse(textOf('package.json')));
    expect([labels.get('title'), labels.get('version')]).toEqual(['Skald', version]);
    expect(labels.get('base.name')).toBe(`docker.io/library/${instructions('FROM').at(-1) ?? ''}`);
    const args = instructions('ARG').flatMap((given) => given.split(' ').map((arg) => arg.split('=')[0]));
    expect([labels.get('revision'), labels.get('created')]).toEqual(args.map((arg) => `\${${arg ?? ''}}`));
  });

  it('takes what there is, and nothing that is kept from it', () => {
    expect(copied.filter((path) => !existsSync(new URL(path, TOP)))).toEqual([]);
    const allowed = [...textOf('.dockerignore').matchAll(/^!(.+)$/gm)].map(([, path]) => path);
    expect(new Set(allowed)).toEqual(new Set(copied));
    expect(textOf('.dockerignore')).toMatch(/^\*$/m);
  });

  it('tells a Skald that answers from one that does not', async () => {
    const { address } = await startSkald(freshDirectory());
    expect(isHealthy(`${address}/livez`)).toBe(true);
    expect(isHealthy(`${address}/nothing`)).toBe(false);
    expect(isHealthy('http://127.0.0.1:1/livez')).toBe(false);
  });
});

describe('keys for trying out', { timeout: 60_000 }, () => {
  const directory = mkdtempSync(join(tmpdir(), 'skald-keys-'));
  const { servers, signing } = makeKeys(directory);
  const files = { master: join(servers, 'master.key'), signing: join(signing, 'token-key.pem') };

  afterAll(() => {
    rmSync(directory, { recursive: true });
  });

  it('let Skald start and its tokens be checked', async () => {
    const { key, source } = resolveMasterKey({ dataDir: servers, file: files.master, allowDataDir: false });
    expect({ bytes: key.length, source }).toEqual({ bytes: 32, source: 'file' });
    const publicKey = await importSPKI(readFileSync(join(servers, 'token-key.pub.pem'), 'utf8'), 'EdDSA');
    for (const role of ROLES) {
      const token = readFileSync(join(signing, `${role}.token`), 'utf8').trim();
      const { payload } = await jwtVerify(token, publicKey, { audience: 'skald' });
      expect(payload).toMatchObject({ sub: `demo-${role}`, roles: [role] });
    }
  });

  it('are for their owner only, and the signing key is not where servers look', () => {
    for (const path of Object.values(files)) expect(statSync(path).mode & 0o777, path).toBe(0o600);
    expect(readdirSync(servers).sort()).toEqual(['master.key', 'token-key.pub.pem']);
  });

  it('stay what they are when they are asked for again', () => {
    const kept = () => Object.values(files).map((path) => readFileSync(path, 'utf8'));
    const before = kept();
    makeKeys(directory);
    expect(kept()).toEqual(before);
  });
});
