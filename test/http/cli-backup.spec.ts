import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  existsSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { marksIn } from '../../src/infra/event-store/embedded/rewind.ts';
import { cliWorld } from '../support/cli-world.ts';
import { freshDirectory } from '../support/fresh-directory.ts';
import { registerLoad, sagaLoad } from '../support/saga-load.ts';
import { flawsOf, runStreams } from '../support/saga-history.ts';
import { jsonOf, runCli } from '../support/skald-cli.ts';
import { startSkald } from '../support/skald-server.ts';

const LONG = { timeout: 120_000 };
const made = z.looseObject({
  events: z.int(),
  files: z.array(z.object({ name: z.string(), bytes: z.int().positive() })),
});

/** Its position has another name in each epoch of the log. */
const placeless = z.looseObject({ position: z.string() }).transform((run) => ({ ...run, position: '' }));
const followed = z.object({ followers: z.array(z.object({ follower: z.string(), position: z.int() })) });

/** A backup of a server with one run that has ended. */
const backedUp = async () => {
  const world = await cliWorld();
  const flowId = await world.completed();
  const backup = join(freshDirectory(), 'backup');
  const shown = await world.skald('backup', backup, '-o', 'json');
  return { ...world, flowId, backup, shown };
};

const intoNew = (backup: string) => {
  const dataDir = join(freshDirectory(), 'data');
  return { dataDir, restored: runCli(['restore', backup, '--data-dir', dataDir]) };
};

describe('skald backup and skald restore', () => {
  it('leave nothing that others can read, nor does a server whose directory they can', LONG, async () => {
    const dataDir = freshDirectory();
    chmodSync(dataDir, 0o755);
    const server = await startSkald(dataDir);
    const backup = join(freshDirectory(), 'backup');
    const { stderr } = await runCli(['backup', backup], { SKALD_URL: server.address, DATA_DIR: dataDir });
    const files = [dataDir, backup].flatMap((directory) =>
      readdirSync(directory).map((name) => join(directory, name)),
    );
    const databases = files.filter((path) => /\.db(-wal|-shm)?$/.test(path));
    expect(databases.length, stderr).toBeGreaterThan(6);
    for (const path of databases) expect(statSync(path).mode & 0o077, path).toBe(0);
  });

  it.runIf(process.platform === 'linux')(
    'say so where the kernel makes no directory, and come back',
    LONG,
    async () => {
      const { skald, backup } = await backedUp();
      const refused = [
        await skald('backup', '/proc/skald/made'),
        await runCli(['restore', backup, '--data-dir', '/proc/skald/made']),
      ];
      for (const { exitCode, stderr } of refused) {
        expect([0, null]).not.toContain(exitCode);
        expect(stderr).toContain('/proc/skald');
      }
    },
  );

  it('copy what a server holds, and another one goes on with it', LONG, async () => {
    const { dataDir: original, flowId, backup, shown, skald } = await backedUp();
    expect(made.parse(jsonOf(shown)).files.map(({ name }) => name)).toEqual(['bus.db', 'log.db', 'keys.db']);
    expect(shown.stderr).toContain('master key is not in it');
    expect(readdirSync(backup).sort()).toEqual(['backup.json', 'bus.db', 'keys.db', 'log.db']);

    const { dataDir, restored } = intoNew(backup);
    expect((await restored).stdout).toMatch(/^CHAIN +intact$/m);
    copyFileSync(join(original, 'master.key'), join(dataDir, 'master.key'));
    const second = await startSkald(dataDir);
    const [before, after] = await Promise.all([
      skald('saga', 'get', flowId, '-o', 'json'),
      runCli(['saga', 'get', flowId, '-o', 'json'], { SKALD_URL: second.address }),
    ]);
    expect(placeless.parse(jsonOf(after))).toEqual(placeless.parse(jsonOf(before)));
    expect(await second.stop()).toBe(0);
  });

  it('hold everything that was acknowledged before, while runs go on (F-S-09)', LONG, async () => {
    const dataDir = freshDirectory();
    const server = await startSkald(dataDir);
    await registerLoad(server.address);
    const load = sagaLoad(60);
    load.calls.up(server.address);
    await load.until(() => load.acknowledged() > 200);
    const acknowledged = [...load.runs.keys()];
    const atStart = load.acknowledged();
    const backup = join(freshDirectory(), 'backup');
    const shown = await runCli(['backup', backup, '-o', 'json'], { DATA_DIR: dataDir });
    // It went on meanwhile.
    expect(load.acknowledged()).toBeGreaterThan(atStart);
    await load.drain();
    expect(await server.stop()).toBe(0);
    expect(flawsOf(await runStreams(dataDir), load)).toEqual([]);

    const copy = intoNew(backup);
    expect(await copy.restored).toMatchObject({ exitCode: 0 });
    const streams = await runStreams(copy.dataDir);
    expect(acknowledged.filter((flowId) => !streams.has(`saga-${flowId}`))).toEqual([]);
    // Followers begin where they were, so that what they do elsewhere is not missing there.
    const { followers } = followed.parse(JSON.parse(readFileSync(join(backup, 'backup.json'), 'utf8')));
    const bridge = (marks: readonly { readonly follower: string; readonly position: number }[]) =>
      marks.find(({ follower }) => follower === 'bridge')?.position;
    expect(bridge(marksIn(join(copy.dataDir, 'log.db')))).toBe(bridge(followers));
    expect(bridge(followers)).toBeLessThan(bridge(marksIn(join(dataDir, 'log.db'))) ?? 0);
    const events = [...streams.values()].reduce((sum, { length }) => sum + length, 0);
    expect(made.parse(jsonOf(shown)).events).toBeGreaterThanOrEqual(events);
  });

  it.each([
    [
      'a file that was changed',
      (dir: string) => appendFileSync(join(dir, 'keys.db'), 'x'),
      'not as it was written',
    ],
    ['a file that is gone', (dir: string) => rmSync(join(dir, 'log.db')), 'log.db is missing'],
    [
      'a list of nonsense',
      (dir: string) => writeFileSync(join(dir, 'backup.json'), '{'),
      'not what this version',
    ],
  ])('refuse a backup with %s, and leave nothing behind', LONG, async (_what, harm, why) => {
    const { backup } = await backedUp();
    harm(backup);
    const { dataDir, restored } = intoNew(backup);
    const { exitCode, stderr } = await restored;
    expect(stderr).toContain(why);
    expect(exitCode).toBe(1);
    expect(existsSync(join(dataDir, 'log.db'))).toBe(false);
  });

  it('write over nothing', LONG, async () => {
    const { skald, dataDir, backup } = await backedUp();
    const before = readFileSync(join(backup, 'backup.json'), 'utf8');
    const again = await skald('backup', backup);
    expect(again).toMatchObject({ exitCode: 4, stdout: '' });
    expect(again.stderr).toContain('is not empty');
    expect(readFileSync(join(backup, 'backup.json'), 'utf8')).toBe(before);
    expect(await skald('restore', backup, '--data-dir', dataDir)).toMatchObject({ exitCode: 4 });
  });

  it('are not made within what they are of', LONG, async () => {
    const dataDir = freshDirectory();
    writeFileSync(join(dataDir, 'log.db'), '');
    const link = join(freshDirectory(), 'link');
    symlinkSync(dataDir, link);
    for (const within of [dataDir, join(dataDir, 'backup'), join(link, 'backup')]) {
      const { exitCode, stderr } = await runCli(['backup', within, '--data-dir', dataDir]);
      expect([exitCode, stderr]).toEqual([
        4,
        `skald: ${within} is within ${dataDir}: take another directory\n`,
      ]);
    }
    expect(readdirSync(dataDir)).toEqual(['log.db']);
  });

  it('exit 3 where there is nothing to copy', LONG, async () => {
    const empty = ['--data-dir', freshDirectory()];
    const nothing = { exitCode: 3, stdout: '' };
    const backup = await runCli(['backup', join(freshDirectory(), 'b'), ...empty]);
    expect(backup).toMatchObject({
      ...nothing,
      stderr: expect.stringContaining('there is no log.db') as string,
    });
    const restored = await runCli(['restore', freshDirectory(), ...empty]);
    expect(restored).toMatchObject({
      ...nothing,
      stderr: expect.stringContaining('no finished backup') as string,
    });
  });
});
