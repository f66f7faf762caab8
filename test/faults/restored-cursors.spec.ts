// Positions that were handed out behind the end of a backup which was restored since (ADR 29).
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { z } from 'zod';
import { client } from '../../sdk/src/index.ts';
import { freshDirectory } from '../support/fresh-directory.ts';
import { call, post, read } from '../support/http-calls.ts';
import { runCli } from '../support/skald-cli.ts';
import { startSkald } from '../support/skald-server.ts';

// Server processes take a second or two to start on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

const MASTER_KEY = 'ab'.repeat(32);
const positioned = z.looseObject({ position: z.string() });
const listed = z.looseObject({ items: z.array(z.looseObject({ stream: z.string() })) });

const registered = async (address: string, orchName: string): Promise<string> => {
  const body = { orchName, as: 'worker', steps: [{ name: 'a' }] };
  const headers = { 'x-service-name': 'a-service' };
  return read(await post(`${address}/api/orchestration/register`, body, headers), positioned).position;
};

/** A server whose log was put back to a backup and has grown again past what was lost, with positions from before. */
const putBack = async () => {
  const original = freshDirectory();
  const first = await startSkald(original, { MASTER_KEY });
  const kept = await registered(first.address, 'kept');
  const backup = join(freshDirectory(), 'backup');
  expect(await runCli(['backup', backup, '--data-dir', original])).toMatchObject({ exitCode: 0 });
  const lost = await registered(first.address, 'lost');
  expect(await first.stop()).toBe(0);
  const dataDir = freshDirectory();
  expect(await runCli(['restore', backup, '--data-dir', dataDir])).toMatchObject({ exitCode: 0 });
  const { address } = await startSkald(dataDir, { MASTER_KEY });
  const before = await call(`${address}/api/v1/events?from=${lost}`);
  for (const name of ['b', 'c', 'd']) await registered(address, name);
  return { address, kept, lost, before };
};

const gone = { status: 410, text: expect.stringContaining('"code":"resync"') as string };

it('a position from behind the end of a backup is none of the log that was restored', async () => {
  const { address: url, kept, lost, before } = await putBack();
  expect(before).toMatchObject(gone);
  for (const asked of ['events?from', 'events?minPosition', 'orchestrations?minPosition'])
    expect(await call(`${url}/api/v1/${asked}=${lost}`), asked).toMatchObject(gone);
  const then = await call(`${url}/api/v1/orchestrations?asOf=${lost}`);
  expect(then).toMatchObject({ status: 400, text: expect.stringContaining('was restored') as string });
  // Feeds say so, over HTTP and in the SDK.
  expect((await call(`${url}/api/v1/feed/sse?from=${lost}`)).text).toContain('"reason":"another_log"');
  const following = client({ url }).feed.events({ from: lost })[Symbol.asyncIterator]().next();
  await expect(following).rejects.toMatchObject({ code: 'resync' });

  // What the backup has, and what was handed out since, goes on.
  const streamsFrom = async (position: string) =>
    read(await call(`${url}/api/v1/events?from=${position}`), listed).items.map(({ stream }) => stream);
  const all = ['orchestration-b', 'orchestration-c', 'orchestration-d'];
  expect(await streamsFrom(kept)).toEqual(expect.arrayContaining(all));
  expect(await streamsFrom(kept)).not.toContain('orchestration-kept');
  expect(await streamsFrom(await registered(url, 'e'))).not.toContain('orchestration-e');
});
