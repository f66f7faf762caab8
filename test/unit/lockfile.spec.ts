// What an installation brings is what was looked at: exact versions, their bytes, and whose scripts run.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

const entry = z.looseObject({
  version: z.string().optional(),
  integrity: z.string().optional(),
  resolved: z.string().optional(),
  link: z.boolean().optional(),
  hasInstallScript: z.boolean().optional(),
});
const versions = z.record(z.string(), z.string()).default({});
const manifest = z.looseObject({
  dependencies: versions,
  devDependencies: versions,
  optionalDependencies: versions,
});
const lockfile = z.looseObject({
  lockfileVersion: z.literal(3),
  packages: z.record(z.string(), z.looseObject({ ...entry.shape, ...manifest.shape })),
});

const read = (path: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8'));
const { packages } = lockfile.parse(read('package-lock.json'));
const OWN = ['', 'sdk'];
const foreign = Object.entries(packages).filter(([path, { link }]) => !OWN.includes(path) && link !== true);

/** Looked at: none of them is needed, the image and whoever installs with --ignore-scripts goes without. */
const WITH_INSTALL_SCRIPT = ['cpu-features', 'esbuild', 'protobufjs', 'ssh2'];

describe('the lockfile', () => {
  it('names every package by its bytes', () => {
    expect(foreign.length).toBeGreaterThan(400);
    const without = foreign.filter(
      ([, { integrity = '' }]) => !/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity),
    );
    expect(without.map(([path]) => path)).toEqual([]);
  });

  it('takes none from elsewhere than the registry', () => {
    const elsewhere = foreign.filter(
      ([, { resolved, version = '' }]) => resolved !== undefined || !/^\d/.test(version),
    );
    expect(elsewhere.map(([path]) => path)).toEqual([]);
    const links = Object.entries(packages).filter(([, { link }]) => link === true);
    expect(links.map(([, { resolved }]) => resolved)).toEqual(['sdk']);
  });

  it('brings no package with an install script that nobody has looked at', () => {
    const scripted = foreign.filter(([, { hasInstallScript }]) => hasInstallScript === true);
    const names = scripted.map(([path]) => path.slice(path.lastIndexOf('node_modules/') + 13));
    expect([...new Set(names)].sort()).toEqual(WITH_INSTALL_SCRIPT);
  });

  it.each([
    ['package.json', ''],
    ['sdk/package.json', 'sdk'],
  ])('is of %s as it stands, which asks for exact versions', (path, name) => {
    const asked = manifest.parse(read(path));
    const locked = packages[name];
    for (const kind of ['dependencies', 'devDependencies', 'optionalDependencies'] as const) {
      expect(locked?.[kind]).toEqual(asked[kind]);
      for (const [dependency, version] of Object.entries(asked[kind]))
        expect([dependency, version]).toEqual([dependency, expect.stringMatching(/^\d+\.\d+\.\d+$/)]);
    }
  });
});
