// I-41 at the edges of the program: what retention deleted can be read nowhere any more.
import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { verifyChain } from '../support/verify-chain.ts';
import { streamAnswer } from '../../src/infra/http/routes/schemas.ts';
import { asStored } from '../support/as-stored.ts';
import { CANARIES, instance, PLAIN_NAME, texts, untilHas } from '../support/canary-instance.ts';
import { filesUnder, findings } from '../support/canary-search.ts';
import { freshDirectory } from '../support/fresh-directory.ts';
import { call, post, read } from '../support/http-calls.ts';
import { startSkald } from '../support/skald-server.ts';

vi.setConfig({ testTimeout: 180_000 });
const WAIT = { timeout: 90_000, interval: 100 };
const { deepValue } = CANARIES;
const SETTINGS = { LOG_LEVEL: 'trace', INSTANCE_EVENTS_RETENTION: '5s', RETENTION_DELAY: '1h' };

const jobAnswer = z.object({
  job: z.object({ phase: z.string(), result: z.object({ kind: z.string() }).nullable() }),
});

describe('an instance whose time is up', () => {
  it('is in no file, no read model and no log line, and on no topic once it is past its time', async () => {
    const dataDir = freshDirectory();
    const first = await startSkald(dataDir, SETTINGS);
    const delivered = await post(`${first.address}/api/v1/instances`, instance, { 'idempotency-key': 'k' });
    expect(delivered.status).toBe(201);
    const { id } = z.object({ id: z.string() }).parse(JSON.parse(delivered.text));
    const urlOn = (address: string) => `${address}/api/v1/instances/${id}`;
    expect((await post(`${urlOn(first.address)}/retry`, {})).status).toBe(200);
    // Topics carry it in the clear by contract: this proves that the search finds it.
    await vi.waitFor(() => {
      expect(findings(filesUnder(dataDir), [deepValue])).not.toEqual([]);
    }, WAIT);
    await untilHas(urlOn(first.address), 'deleted', () =>
      post(`${first.address}/api/v1/instances/retention/runs`, {}),
    );
    await first.kill();

    const second = await startSkald(dataDir, SETTINGS);
    const url = urlOn(second.address);
    await untilHas(url, 'erased');
    expect((await call(`${url}/value`)).status).toBe(410);
    const beside = (name: string): boolean => !name.includes('bus.db');
    const withoutBus = new Map([...filesUnder(dataDir)].filter(([name]) => beside(name)));
    expect(findings(withoutBus, [PLAIN_NAME]).length).toBeGreaterThan(0);
    expect(findings(withoutBus, texts)).toEqual([]);

    const rebuild = `${second.address}/api/v1/projections/instances/rebuild`;
    const listed = await call(`${second.address}/api/v1/instances`);
    expect((await post(rebuild, {})).status).toBe(202);
    await vi.waitFor(async () => {
      expect(read(await call(rebuild), jobAnswer).job).toMatchObject({
        phase: 'done',
        result: { kind: 'switched' },
      });
    }, WAIT);
    expect(await call(`${second.address}/api/v1/instances`)).toEqual(listed);
    const stream = read(
      await call(`${second.address}/api/v1/streams/instance-${id}?limit=100`),
      streamAnswer,
    );
    expect(verifyChain(stream.items.map(asStored))).toMatchObject({ kind: 'intact', revision: stream.head });

    await vi.waitFor(() => {
      expect(findings(filesUnder(dataDir), texts)).toEqual([]);
    }, WAIT);
    expect(await second.stop()).toBe(0);
    const printed = new Map([['output', Buffer.from(first.output() + second.output())]]);
    expect(findings(printed, texts)).toEqual([]);
    expect(findings(filesUnder(dataDir), texts)).toEqual([]);
  });
});
