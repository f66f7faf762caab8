import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { freshDirectory } from './fresh-directory.ts';

export const run = promisify(execFile);
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Node 20 as it is on many machines; undefined where there is none. */
export const node20 = async (): Promise<string | undefined> => {
  const places = ['/usr/bin/node', '/usr/local/bin/node', process.env['NODE_20'] ?? ''];
  for (const place of places) {
    const version = await run(place, ['--version']).then(
      ({ stdout }) => stdout,
      () => '',
    );
    if (version.startsWith('v20.')) return place;
  }
  return undefined;
};

/** A project with nothing but the packed SDK, and the one package that it needs, in its node_modules. */
export const project = async (): Promise<string> => {
  const directory = freshDirectory();
  const npm = join(ROOT, 'node_modules/.bin');
  const env = {
    ...process.env,
    PATH: `${npm}:${process.env['PATH'] ?? ''}`,
    npm_config_ignore_scripts: 'false',
  };
  await run('npm', ['pack', '--pack-destination', directory], { cwd: join(ROOT, 'sdk'), env });
  const [tarball = ''] = readdirSync(directory).filter((name) => name.endsWith('.tgz'));
  await run('tar', ['-xzf', tarball], { cwd: directory });
  mkdirSync(join(directory, 'node_modules/@skald'), { recursive: true });
  cpSync(join(directory, 'package'), join(directory, 'node_modules/@skald/sdk'), { recursive: true });
  cpSync(join(ROOT, 'node_modules/ws'), join(directory, 'node_modules/ws'), { recursive: true });
  writeFileSync(join(directory, 'package.json'), JSON.stringify({ type: 'module' }));
  return directory;
};
