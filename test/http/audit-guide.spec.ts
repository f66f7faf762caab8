// docs/audit.md: its commands, run as they stand there.
import { hash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { makeSigningKey } from '../../src/infra/cli/audit/keygen.ts';
import { trustedKeys } from '../../src/infra/cli/audit/trusted-keys.ts';
import { verifyBundle } from '../../src/infra/cli/bundle/verify-bundle.ts';
import { hashOfStored, ZERO_HASH } from '../../src/infra/event-store/hash.ts';
import { EXIT } from '../../src/infra/process/exit-codes.ts';
import { cliWorld } from '../support/cli-world.ts';
import { freshDirectory } from '../support/fresh-directory.ts';
import { jsonOf, runCli } from '../support/skald-cli.ts';
import { seededPick } from '../support/seeded-pick.ts';
import { refusedStart, startSkald } from '../support/skald-server.ts';

const GUIDE = readFileSync(new URL('../../docs/audit.md', import.meta.url), 'utf8');
const LONG = { timeout: 180_000 };
const SERVE = /^SIGNING_KEY_FILE=\S+ CHECKPOINT_DIR=\S+ skald serve$/;

/** Each command, with what stands below it as its output. */
const steps = [...GUIDE.matchAll(/^```bash\n(.+)\n```(?:\n\n```text\n([^`]+)```)?/gm)].map(
  ([, command = '', output = '']) => ({ command, output }),
);

/** A line of the guide, with `…` for anything, found among those that were printed. */
const isPrinted = (line: string, stdout: string): boolean => {
  const [start = '', ...rest] = line.split('…').map((part) => part.replaceAll(/[^\w ]/g, String.raw`\$&`));
  const pattern = [start, ...rest].join('.+').replaceAll(/ {2,}/g, ' +');
  return new RegExp(`^${pattern}$`, 'm').test(stdout);
};

const world = async () => {
  const directory = freshDirectory();
  const argsOf = (command: string): string[] =>
    command
      .split(' ')
      .slice(1)
      .map((word) => (word.startsWith('./') ? join(directory, word) : word));
  const settings = {
    SIGNING_KEY_FILE: join(directory, 'signing/signing-key.pem'),
    CHECKPOINT_DIR: join(directory, 'published'),
    CHECKPOINT_EVERY_MS: '1h',
  };
  await runCli(argsOf(steps[0]?.command ?? ''));
  const served = await cliWorld(['book', 'pay'], settings);
  await served.completed();
  await served.completed();
  const run = async (command: string) => {
    const ended = await runCli(argsOf(command), served.env);
    expect(ended, command).toMatchObject({ exitCode: 0 });
    return ended.stdout;
  };
  return { ...served, directory, settings, argsOf, run };
};

describe('docs/audit.md', () => {
  it('takes an auditor from nothing to a verified bundle', LONG, async () => {
    expect(steps.map(({ command }) => SERVE.test(command)).filter(Boolean)).toHaveLength(1);
    expect(steps.length).toBeGreaterThanOrEqual(6);
    const { run, directory } = await world();
    const published = join(directory, 'published');
    for (const { command, output } of steps.slice(1)) {
      if (SERVE.test(command)) continue;
      const stdout = await run(command);
      for (const line of output.trim().split('\n'))
        expect(isPrinted(line, stdout), `${line}\n${stdout}`).toBe(true);
      if (command.endsWith('audit checkpoint'))
        await expect.poll(() => existsSync(published) && readdirSync(published).length > 0).toBe(true);
    }
  });

  it('has a bundle that names what was done to it', LONG, async () => {
    const { run, directory, argsOf, env, server } = await world();
    await run('skald audit checkpoint');
    await run('skald audit export --category saga --out ./sagas.bundle.gz');
    const again = await runCli(argsOf('skald audit export --category saga --out ./sagas.bundle.gz'), env);
    expect(again.exitCode).toBe(4);
    const text = gunzipSync(readFileSync(join(directory, 'sagas.bundle.gz'))).toString();
    const changed = join(directory, 'changed.bundle');
    const check = (bytes: string | Buffer) => {
      writeFileSync(changed, bytes);
      return verifyBundle(changed, chain, trustedKeys(undefined));
    };
    expect(await check(text)).toMatchObject({
      isIntact: true,
      keySource: 'claimed',
      definitions: 1,
      notYetCovered: 0,
    });
    const { flow, lines, at, line, next, time, events } = placesIn(text);
    const named = { findings: expect.arrayContaining([expect.objectContaining({ stream: flow })]) as object };
    // Also where the digest at the end is made anew.
    for (const damaged of [
      lines.with(at, line.replace('"actor":{', '"actor":{"x":1,')),
      lines.toSpliced(at, 1),
      lines.with(at, next).with(at + 1, line),
      lines.toSpliced(at, 0, line),
    ])
      expect(await check(resealed(damaged))).toMatchObject({ isIntact: false, ...named });
    await run(`skald audit export --stream ${flow} --from ${time} --out ./end.bundle`);
    await server.stop();
    const part = await verifyBundle(join(directory, 'end.bundle'), chain, trustedKeys(undefined));
    expect(part).toMatchObject({
      isIntact: true,
      streams: 1,
      notYetCovered: 0,
      what: `${flow} from ${time}`,
    });
    expect(part.proven).toBeLessThan(events);
    expect(await check(lines.slice(0, -2).join('\n'))).toMatchObject({ isIntact: false });
    const { pick, seed } = seededPick();
    for (let time = 0; time < 100; time += 1) {
      const bytes = Buffer.from(text);
      const byte = pick(bytes.length);
      bytes.writeUInt8(bytes.readUInt8(byte) ^ (1 << pick(8)), byte);
      expect(await check(bytes), `seed ${seed}, byte ${byte}`).toMatchObject({ isIntact: false });
    }
  });
});

/** The first run in a bundle: its second event, and when its last one was recorded. */
const placesIn = (text: string) => {
  const [flow = ''] = /saga-[0-9a-f-]{36}/.exec(text) ?? [];
  const lines = text.split('\n');
  const own = lines.filter((line) => line.startsWith(`{"kind":"event","stream":"${flow}"`));
  const at = lines.indexOf(own[1] ?? '');
  const [line = '', next = ''] = lines.slice(at, at + 2);
  const time = timeOf(own.at(-1) ?? '');
  return { flow, lines, at, line, next, time, events: own.length };
};

const timeOf = (line: string): string => /"recordedAt":"([^"]+)"/.exec(line)?.[1] ?? '';

const chain = { zero: ZERO_HASH, hash: hashOfStored };

/** With a last line that fits what is before it. */
const resealed = (lines: readonly string[]): string => {
  const body = `${lines.slice(0, -2).join('\n')}\n`;
  const last = JSON.stringify({
    ...trailer.parse(JSON.parse(lines.at(-2) ?? '')),
    sha256: hash('sha256', body),
  });
  return `${body}${last}\n`;
};

const trailer = z.looseObject({ kind: z.literal('trailer') });

describe('signed checkpoints', () => {
  it('are not signed with a key beside the log: the server does not start', LONG, async () => {
    const DATA_DIR = freshDirectory();
    const { privateKey: SIGNING_KEY_FILE } = makeSigningKey(join(DATA_DIR, 'signing'));
    const { exitCode, output } = await refusedStart({ DATA_DIR, SIGNING_KEY_FILE });
    expect(exitCode).toBe(EXIT.config);
    expect(output).toContain('SIGNING_KEY_FILE must be outside DATA_DIR');
  });

  it('are signed on schedule, and go on with the same chain after a restart', LONG, async () => {
    const { server, settings, dataDir, skald } = await world();
    await server.stop();
    const quick = await startSkald(dataDir, { ...settings, CHECKPOINT_EVERY_MS: '100' });
    await expect
      .poll(() => (existsSync(settings.CHECKPOINT_DIR) ? readdirSync(settings.CHECKPOINT_DIR) : []), {
        timeout: 60_000,
      })
      .toContain('checkpoint-00000001.json');
    await quick.stop();
    const report = jsonOf(await skald('audit', 'verify', '--offline', '-o', 'json', '--data-dir', dataDir));
    expect(report).toMatchObject({ isIntact: true, notYetCovered: 0 });
  });
});
