// Writes what production is made of as CycloneDX: npm run sbom [-- <file>]
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';

const FLAGS = ['--package-lock-only', '--sbom-format', 'cyclonedx', '--sbom-type', 'application'];

const manifest = z.looseObject({ name: z.string(), version: z.string() });
const entry = z.looseObject({ dev: z.literal(true).optional(), link: z.literal(true).optional() });
const lockfile = z.looseObject({ packages: z.record(z.string(), entry) });
const bill = z.looseObject({ components: z.array(z.looseObject({ name: z.string() })).nonempty() });

const forProduction = (whole: object): object => ({
  ...whole,
  ...{ workspaces: undefined, devDependencies: undefined },
});

/**
 * Asked with `--omit dev`, npm leaves out whatever development asks for, also where production needs it as well. So it is
 * asked about manifests that know of no development, and of no workspace: the SDK is not part of the server.
 */
const production = (folder: string): Readonly<Record<'package.json' | 'package-lock.json', object>> => {
  const read = (file: string): unknown => JSON.parse(readFileSync(join(folder, file), 'utf8'));
  const own = manifest.parse(read('package.json'));
  const lock = lockfile.parse(read('package-lock.json'));
  const kept = Object.entries(lock.packages)
    .filter(([path, { dev, link }]) => path === '' || (path.includes('node_modules/') && !dev && !link))
    .map(([path, one]): [string, object] => [path, path === '' ? forProduction(one) : one]);
  return {
    'package.json': forProduction(own),
    'package-lock.json': { ...lock, packages: Object.fromEntries(kept) },
  };
};

/** npm names the application by its folder. */
const billOf = (parent: string): string => {
  const folder = join(parent, 'skald');
  mkdirSync(folder);
  for (const [file, content] of Object.entries(production(process.cwd())))
    writeFileSync(join(folder, file), JSON.stringify(content));
  const isWindows = process.platform === 'win32';
  const { status, stdout, stderr } = spawnSync('npm', ['sbom', ...FLAGS], {
    ...{ cwd: folder, encoding: 'utf8', shell: isWindows, maxBuffer: 64 * 1024 * 1024 },
  });
  if (status !== 0) throw new Error(`npm sbom failed: ${stderr}`);
  return stdout;
};

const [, , file = 'skald.cdx.json'] = process.argv;
const parent = mkdtempSync(join(tmpdir(), 'skald-sbom-'));
try {
  const text = billOf(parent);
  const { components } = bill.parse(JSON.parse(text));
  writeFileSync(file, text);
  console.log(`${file}: ${String(components.length)} packages`);
} finally {
  rmSync(parent, { recursive: true });
}
