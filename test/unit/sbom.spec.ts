// npm run sbom names everything that production stands on, and nothing else.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { freshDirectory } from '../support/fresh-directory.ts';

const TOP = fileURLToPath(new URL('../../', import.meta.url));
const names = z.record(z.string(), z.string()).default({});
const entry = z.looseObject({
  version: z.string().optional(),
  integrity: z.string().optional(),
  ...{ dependencies: names, optionalDependencies: names, peerDependencies: names },
  peerDependenciesMeta: z.record(z.string(), z.looseObject({ optional: z.boolean().optional() })).default({}),
});
type Entry = z.output<typeof entry>;
const readJson = (path: string): unknown => JSON.parse(readFileSync(join(TOP, path), 'utf8'));
const { packages } = z
  .looseObject({ packages: z.record(z.string(), entry) })
  .parse(readJson('package-lock.json'));

const component = z.looseObject({
  'bom-ref': z.string(),
  name: z.string(),
  version: z.string(),
  purl: z.string().startsWith('pkg:npm/'),
  scope: z.enum(['required', 'optional']),
  hashes: z.tuple([z.strictObject({ alg: z.literal('SHA-512'), content: z.string() })]),
  licenses: z.array(z.unknown()).nonempty(),
});
const bill = z.looseObject({
  bomFormat: z.literal('CycloneDX'),
  specVersion: z.string().regex(/^1\.\d$/),
  metadata: z.looseObject({ component: z.looseObject({ name: z.string(), version: z.string() }) }),
  components: z.array(component),
  dependencies: z.array(z.strictObject({ ref: z.string(), dependsOn: z.array(z.string()) })),
});

/** As Node looks for a package: beside who asks, then further up. */
const found = (from: string, name: string): string | undefined => {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    const path = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`;
    if (packages[path] !== undefined) return path;
    if (!folder.includes('/node_modules/')) return packages[`node_modules/${name}`] && `node_modules/${name}`;
  }
};

const asked = ({
  dependencies,
  optionalDependencies,
  peerDependencies,
  ...one
}: Entry): readonly string[] => [
  ...Object.keys({ ...dependencies, ...optionalDependencies }),
  ...Object.keys(peerDependencies).filter((name) => one.peerDependenciesMeta[name]?.optional !== true),
];

/** Paths of all that is reached from here without what development asks for. */
const reached = (path: string, known = new Set<string>()): ReadonlySet<string> => {
  const one = packages[path];
  for (const name of one === undefined ? [] : asked(one)) {
    const next = found(path, name);
    if (next === undefined || known.has(next)) continue;
    known.add(next);
    reached(next, known);
  }
  return known;
};

const make = () => {
  const file = join(freshDirectory(), 'skald.cdx.json');
  const said = execFileSync(process.execPath, ['script/sbom.ts', file], { cwd: TOP, encoding: 'utf8' });
  return { said: said.replace(file, 'it'), bill: bill.parse(JSON.parse(readFileSync(file, 'utf8'))) };
};

let once: ReturnType<typeof make> | undefined;
const made = () => (once ??= make());

describe('npm run sbom', { timeout: 60_000 }, () => {
  it('names every package of production in its exact version, with the hash of its bytes', () => {
    const { said, bill: written } = made();
    const wanted = [...reached('')].map((path) => {
      const { version = '', integrity = '' } = packages[path] ?? {};
      const bytes = Buffer.from(integrity.replace('sha512-', ''), 'base64').toString('hex');
      return `${path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)}@${version} ${bytes}`;
    });
    const named = written.components.map(
      ({ name, version, hashes: [{ content }] }) => `${name}@${version} ${content}`,
    );
    expect(named.sort()).toEqual([...new Set(wanted)].sort());
    expect(said).toBe(`it: ${String(named.length)} packages\n`);
  });

  it('is of this version, and says what needs what', () => {
    const { bill: written } = made();
    const manifest = z
      .looseObject({ version: z.string(), dependencies: names, optionalDependencies: names })
      .parse(readJson('package.json'));
    expect(written.metadata.component).toMatchObject({ name: 'skald', version: manifest.version });
    const refs = new Set(written.components.map((one) => one['bom-ref']));
    const own = written.dependencies.find(({ ref }) => ref === `skald@${manifest.version}`)?.dependsOn;
    const direct = Object.entries({ ...manifest.dependencies, ...manifest.optionalDependencies });
    expect(own?.toSorted()).toEqual(direct.map(([name, version]) => `${name}@${version}`).sort());
    for (const { dependsOn } of written.dependencies)
      expect(dependsOn.filter((ref) => !refs.has(ref))).toEqual([]);
    // Node itself, which the image has from elsewhere.
    const optional = written.components.filter(({ scope }) => scope === 'optional').map(({ name }) => name);
    expect(optional.sort()).toEqual(Object.keys(manifest.optionalDependencies).sort());
  });
});
