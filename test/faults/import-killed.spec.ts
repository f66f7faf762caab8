import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { freshDirectory } from '../support/fresh-directory.ts';
import { call, read } from '../support/http-calls.ts';
import { headersWith, objectWith } from '../support/instance-world.ts';
import { correlationAt } from '../support/instances.ts';
import { startCli } from '../support/skald-cli.ts';
import { startSkald } from '../support/skald-server.ts';

// Processes take a second or two to start on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

const WAIT = { timeout: 60_000, interval: 20 };
const LINES = 2000;
const counted = z.looseObject({ total: z.int() });
const page = z.looseObject({
  items: z.array(z.looseObject({ id: z.string(), correlationId: z.string() })),
  nextCursor: z.string().optional(),
});
const summary = z.looseObject({ received: z.int(), repeated: z.int(), bad: z.int() });

const fileOf = (): string => {
  const path = join(freshDirectory(), 'instances.ndjson');
  const lines = Array.from({ length: LINES }, (_, index) =>
    JSON.stringify({ headers: headersWith({ correlationId: correlationAt(index) }), value: objectWith('x') }),
  );
  writeFileSync(path, lines.join('\n'));
  return path;
};

const importing = (address: string, path: string) =>
  startCli(['instance', 'import', path, '-o', 'json', '--in-flight', '2'], { SKALD_URL: address });

const stored = async (address: string): Promise<number> => {
  const { status, text } = await call(`${address}/api/v1/instances/counts`);
  return status === 200 ? counted.parse(JSON.parse(text)).total : 0;
};

const untilStored = (address: string, least: number): Promise<void> =>
  vi.waitFor(async () => expect(await stored(address)).toBeGreaterThanOrEqual(least), WAIT);

/** Every line exactly once. */
const checkWhole = async (address: string): Promise<void> => {
  await untilStored(address, LINES);
  const found: { id: string; correlationId: string }[] = [];
  for (let cursor: string | undefined = ''; cursor !== undefined;) {
    const next: z.output<typeof page> = read(
      await call(`${address}/api/v1/instances?limit=500&sort=id${cursor}`),
      page,
    );
    found.push(...next.items);
    cursor = next.nextCursor === undefined ? undefined : `&cursor=${next.nextCursor}`;
  }
  expect(found).toHaveLength(LINES);
  expect(new Set(found.map(({ correlationId }) => correlationId)).size).toBe(LINES);
  expect(new Set(found.map(({ id }) => id)).size).toBe(LINES);
};

describe('an import that is cut short', () => {
  it('by the death of the command line goes on when it is started again, and brings nothing twice', async () => {
    const { address } = await startSkald(freshDirectory());
    const path = fileOf();
    const first = importing(address, path);
    await untilStored(address, LINES / 10);
    first.signal('SIGKILL');
    expect((await first.ended()).exitCode).toBeNull();
    expect(await stored(address)).toBeLessThan(LINES);
    const { exitCode, stdout } = await importing(address, path).ended();
    expect(exitCode).toBe(0);
    const { received, repeated, bad } = summary.parse(JSON.parse(stdout));
    expect([received + repeated, bad]).toEqual([LINES, 0]);
    expect(repeated).toBeGreaterThanOrEqual(LINES / 10);
    await checkWhole(address);
  });

  it('by the death of the server waits for the next one, and brings nothing twice', async () => {
    const dataDir = freshDirectory();
    const server = await startSkald(dataDir);
    const running = importing(server.address, fileOf());
    await untilStored(server.address, LINES / 10);
    await server.kill();
    const { address } = await startSkald(dataDir, { PORT: new URL(server.address).port });
    const { exitCode, stdout } = await running.ended();
    expect(exitCode).toBe(0);
    const { received, repeated, bad } = summary.parse(JSON.parse(stdout));
    expect([received + repeated, bad]).toEqual([LINES, 0]);
    await checkWhole(address);
  });
});
