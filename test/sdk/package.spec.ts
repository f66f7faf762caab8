// The package as others get it: packed, unpacked into a project of its own, used by the Node the machine has.
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { freshDirectory } from '../support/fresh-directory.ts';
import { node20, project, ROOT, run } from '../support/packed-sdk.ts';
import { startSkald } from '../support/skald-server.ts';

const SLOW = { timeout: 120_000 };
const README = readFileSync(join(ROOT, 'sdk/README.md'), 'utf8');
const codeOf = (title: string): string =>
  new RegExp(`^## ${title}$.*?^\`\`\`(?:js|ts)\n(.*?)^\`\`\`$`, 'ms').exec(README)?.[1] ?? '';

const FLOW = `
import { client, valueOf } from '@skald/sdk';
const skald = client({ url: process.env.SKALD_URL });
const { flowId } = await skald.runs.start({ orchName: 'create-tenant', body: { tenant: 'acme' } });
const run = await skald.runs.get({ flowId }, { waitSeconds: 20 });
console.log(run.status, JSON.stringify(valueOf(run.result['create-admin'] ?? '')));
`;

/** What the compiler says of a file, in a strict project that knows nothing of this one. */
const compile = async (directory: string, file: string): Promise<unknown> => {
  const types = join(directory, 'node_modules/@types');
  if (!existsSync(types)) {
    mkdirSync(types);
    symlinkSync(join(ROOT, 'node_modules/@types/node'), join(types, 'node'));
  }
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  const options = ['--strict', '--exactOptionalPropertyTypes', '--module', 'nodenext', '--target', 'es2022'];
  const all = [tsc, '--noEmit', ...options, '--types', 'node', file];
  return run(process.execPath, all, { cwd: directory }).catch((error: unknown) => error);
};

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
    writeFileSync(
      join(directory, 'flow.ts'),
      FLOW.replaceAll('process.env.SKALD_URL', "'http://127.0.0.1:1'"),
    );
    writeFileSync(
      join(directory, 'wrong.ts'),
      "import { client } from '@skald/sdk';\nvoid client({ url: '' }).runs.cancel({ flowId: 7 });\n",
    );
    expect(await compile(directory, 'flow.ts')).toMatchObject({ stdout: '' });
    expect(await compile(directory, 'wrong.ts')).toMatchObject({
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
        steps: [
          { name: 'create-database', seq: 1, objectType: 'database' },
          { name: 'create-admin', seq: 2, objectType: 'account' },
        ],
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
    expect(stdout).toBe('COMPLETED {"admin":"admin@acme-db"}\n');
    stop.abort();
    await ended;
  });

  it('simulates as its guide shows, in the Node there is and in Node 20, and with types', SLOW, async () => {
    const directory = await project();
    writeFileSync(join(directory, 'simulate.js'), codeOf('Simulating'));
    const nodes = [process.execPath, await node20()].filter((node) => node !== undefined);
    for (const node of nodes) {
      const { stdout, stderr } = await run(node, ['simulate.js'], { cwd: directory });
      expect(stderr).toBe('');
      expect(stdout).toMatch(/^100 seeds, \d+ handlers ran more than once for one effect\n$/);
    }
    const typed = (name: string, code: string) => {
      writeFileSync(join(directory, name), code);
      return compile(directory, name);
    };
    expect(await typed('right.ts', codeOf('Simulating'))).toMatchObject({ stdout: '' });
    expect(await typed('wrong.ts', codeOf('Simulating').replace('seeds: 100', "seeds: '1'"))).toMatchObject({
      stdout: expect.stringContaining("Type 'string' is not assignable to type 'number'") as unknown,
    });
  });
});
