import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { makeSigningKey } from '../../src/infra/cli/audit/keygen.ts';
import { cliWorld } from '../support/cli-world.ts';
import { freshDirectory } from '../support/fresh-directory.ts';
import { jsonOf, runCli } from '../support/skald-cli.ts';

const LONG = { timeout: 60_000 };

/** Changes the log behind everybody's back. */
const tamper = (dataDir: string, sql: string): void => {
  const db = new DatabaseSync(join(dataDir, 'log.db'), { enableForeignKeyConstraints: false });
  expect(db.prepare(sql).run().changes).toBe(1);
  db.close();
};

const streamId = (flowId: string): string => `(SELECT id FROM streams WHERE name = 'saga-${flowId}')`;

describe('skald audit verify', () => {
  it('proves a stream and everything, by the server and by the file', LONG, async () => {
    const { skald, completed, server, dataDir } = await cliWorld();
    const flowId = await completed();
    const [stream, everything, inUse, unknown] = await Promise.all([
      skald('audit', 'verify', `saga-${flowId}`, '-o', 'json'),
      skald('audit', 'verify', '-o', 'json'),
      skald('audit', 'verify', '--offline'),
      skald('audit', 'verify', 'saga-nothing'),
    ]);
    const proven = jsonOf(stream);
    expect(proven).toMatchObject({ isIntact: true, source: 'server', streams: 1, scope: `saga-${flowId}` });
    const { events } = jsonOf(everything);
    expect(jsonOf(everything)).toMatchObject({ isIntact: true, scope: 'everything', findings: [] });
    expect(inUse).toMatchObject({ exitCode: 4, stdout: '' });
    expect(inUse.stderr).toContain('without --offline');
    expect(unknown.exitCode).toBe(3);

    await server.stop();
    const offline = await skald('audit', 'verify', '--offline', '-o', 'json');
    expect(jsonOf(offline)).toMatchObject({ isIntact: true, source: 'log.db', events });
    const one = await skald('audit', 'verify', `saga-${flowId}`, '--offline');
    expect(one.stdout).toMatch(/^CHAIN +intact$/m);
    expect(await skald('audit', 'verify', 'saga-nothing', '--offline')).toMatchObject({ exitCode: 3 });
    const elsewhere = ['audit', 'verify', '--offline', '--data-dir', freshDirectory()];
    expect(await runCli(elsewhere, { DATA_DIR: dataDir })).toMatchObject({ exitCode: 3 });
  });

  it('does not end well where a key is given and nothing is signed', LONG, async () => {
    const { skald, completed, server } = await cliWorld();
    await completed();
    const { publicKey } = makeSigningKey(join(freshDirectory(), 'signing'));
    const bundle = join(freshDirectory(), 'all.bundle');
    expect(await skald('audit', 'export', '--out', bundle)).toMatchObject({ exitCode: 0 });
    const bundled = await skald('audit', 'verify-bundle', bundle, '--public-key', publicKey);
    const asked = await skald('audit', 'verify', '--public-key', publicKey);
    await server.stop();
    const offline = await skald('audit', 'verify', '--offline', '--public-key', publicKey);
    for (const { exitCode, stdout, stderr } of [bundled, asked, offline]) {
      expect(exitCode).toBe(1);
      expect(stdout).toMatch(/^(?:CHAIN|BUNDLE) +intact$/m);
      expect(stderr).toContain('nothing is proven by the key given');
    }
  });

  it.each([
    {
      what: 'a changed event',
      change: (id: string) =>
        `UPDATE events SET body = CAST(replace(CAST(body AS TEXT), 'book', 'look') AS BLOB)
         WHERE stream_id = ${id} AND revision = 1`,
      finds: { revision: 1 },
    },
    {
      what: 'a missing event',
      change: (id: string) => `DELETE FROM events WHERE stream_id = ${id} AND revision = 1`,
      finds: { revision: 2 },
    },
    {
      what: 'a stream cut short',
      change: (id: string) =>
        `DELETE FROM events WHERE stream_id = ${id} AND revision = (SELECT head FROM streams WHERE id = ${id})`,
      finds: { detail: expect.stringContaining('ends before its head') as string },
    },
  ])('names $what in the file, and exits 1', LONG, async ({ change, finds }) => {
    const { skald, completed, server, dataDir } = await cliWorld();
    const flowId = await completed();
    await server.stop();
    tamper(dataDir, change(streamId(flowId)));
    const { exitCode, stdout, stderr } = await skald('audit', 'verify', '--offline', '-o', 'json');
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/findings: see above/);
    expect(JSON.parse(stdout)).toMatchObject({
      isIntact: false,
      findings: expect.arrayContaining([
        expect.objectContaining({ stream: `saga-${flowId}`, ...finds }),
      ]) as object,
    });
    const one = await skald('audit', 'verify', `saga-${flowId}`, '--offline');
    expect(one.exitCode).toBe(1);
    expect(one.stdout).toMatch(/^CHAIN +DAMAGED$/m);
  });
});

describe('skald doctor', () => {
  it('finds a healthy server healthy', LONG, async () => {
    const { skald, dataDir } = await cliWorld();
    const { exitCode, stdout, stderr } = await skald('doctor');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    for (const name of ['skald', 'node', 'sqlite', 'server', 'ready', 'version', 'projections', 'workers'])
      expect(stdout).toMatch(new RegExp(`^${name} +ok `, 'm'));
    expect(stdout).toContain(`${dataDir} a Skald process has it open`);
  });

  it('exits 6 without a server, and looks at the rest all the same', LONG, async () => {
    const { exitCode, stdout } = await runCli(['doctor', '-o', 'json'], {
      SKALD_URL: 'http://127.0.0.1:1',
      DATA_DIR: freshDirectory(),
    });
    expect(exitCode).toBe(6);
    expect(JSON.parse(stdout)).toMatchObject({
      checks: expect.arrayContaining([
        expect.objectContaining({ check: 'server', state: 'fail' }),
        expect.objectContaining({ check: 'node', state: 'ok' }),
        expect.objectContaining({ check: 'data directory', state: 'skipped' }),
      ]) as object,
    });
  });
});

describe('skald serve', () => {
  it('exits as the server does', async () => {
    const refused = await runCli(['serve'], { HOST: '0.0.0.0', DATA_DIR: freshDirectory() });
    expect(refused.exitCode).toBe(78);
    expect(refused.stderr).toContain('HOST must be a loopback address');
  });
});
