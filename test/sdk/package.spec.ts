// The package as others get it: packed, unpacked into a project of its own, used by the Node the machine has.
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { freshDirectory } from '../support/fresh-directory.ts';
import { startSkald } from '../support/skald-server.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SLOW = { timeout: 120_000 };
const README = readFileSync(join(ROOT, 'sdk/README.md'), 'utf8');
const codeOf = (title: string): string =>
  new RegExp(`^## ${title}$.*?^\`\`\`(?:js|ts)\n(.*?)^\`\`\`$`, 'ms').exec(README)?.[1] ?? '';

/** Node 20 as it is on many machines; undefined where there is none. */
const node20 = async (): Promise<string | undefined> => {
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
const project = async (): Promise<string> => {
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

const FLOW = `
import { client, valueOf } from '@skald/sdk';
const skald = client({ url: process.env.SKALD_URL });
const { flowId } = await skald.runs.start({ orchName: 'create-tenant', body: { tenant: 'acme' } });
const run = await skald.runs.get({ flowId }, { waitSeconds: 20 });
console.log(run.status, JSON.stringify(valueOf(run.result.createRealm)));
`;

describe('the packed SDK', () => {
  it('holds JavaScript, types and its guide, and needs one package', SLOW, async () => {
    const sdk = join(await project(), 'node_modules/@skald/sdk');
    const files = readdirSync(sdk, { recursive: true }).map(String);
    expect(files).toEqual(expect.arrayContaining(['README.md', 'dist/index.js', 'dist/index.d.ts']));
    expect(files.filter((name) => /(?<!\.d)\.ts$/.test(name))).toEqual([]);
    const manifest = JSON.parse(readFileSync(join(sdk, 'package.json'), 'utf8')) as { dependencies: object };
    expect(manifest.dependencies).toEqual({ ws: '8.23.0' });
  });

  it('compiles in a strict project that knows nothing of this one', SLOW, async () => {
    const directory = await project();
    mkdirSync(join(directory, 'node_modules/@types'));
    for (const name of ['node']) {
      symlinkSync(join(ROOT, 'node_modules/@types', name), join(directory, 'node_modules/@types', name));
    }
    writeFileSync(
      join(directory, 'flow.ts'),
      FLOW.replaceAll('process.env.SKALD_URL', "'http://127.0.0.1:1'").replace(
        'run.result.createRealm',
        "run.result['createRealm'] ?? ''",
      ),
    );
    writeFileSync(
      join(directory, 'wrong.ts'),
      "import { client } from '@skald/sdk';\nvoid client({ url: '' }).runs.cancel({ flowId: 7 });\n",
    );
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    const options = [
      '--noEmit',
      '--strict',
      '--exactOptionalPropertyTypes',
      '--module',
      'nodenext',
      '--target',
      'es2022',
      '--types',
      'node',
    ];
    const compile = (file: string) =>
      run(process.execPath, [tsc, ...options, file], { cwd: directory }).catch((error: unknown) => error);
    expect(await compile('flow.ts')).toMatchObject({ stdout: '' });
    expect(await compile('wrong.ts')).toMatchObject({
      stdout: expect.stringContaining("Type 'number' is not assignable to type 'string'") as unknown,
    });
  });

  it('works in Node 20, with the worker of its guide', SLOW, async ({ skip }) => {
    const node = await node20();
    if (node === undefined) return skip('there is no Node 20 on this machine');
    const directory = await project();
    const { address } = await startSkald(freshDirectory());
    await fetch(`${address}/api/orchestration/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        ...{ orchName: 'create-tenant', as: 'initiator' },
        steps: [{ name: 'createRealm', seq: 1, objectType: 'realm' }],
      }),
    });
    const code = codeOf('A worker');
    expect(code.trim().split('\n').length).toBeLessThanOrEqual(15);
    writeFileSync(join(directory, 'worker.js'), code.replace('http://127.0.0.1:8080', address));
    writeFileSync(join(directory, 'flow.js'), FLOW);
    const stop = new AbortController();
    const working = run(node, ['worker.js'], { cwd: directory, signal: stop.signal, killSignal: 'SIGTERM' });
    const ended = working.catch((error: unknown) => error);
    const { stdout } = await run(node, ['flow.js'], { cwd: directory, env: { SKALD_URL: address } });
    expect(stdout).toBe('COMPLETED {"realm":"acme.example"}\n');
    stop.abort();
    await ended;
  });
});
