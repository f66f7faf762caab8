// I-41 at the edges of the program: what was refused, and never became an instance, can be read nowhere once its time is up.
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { systemClock } from '../../src/infra/clock/system.ts';
import { verifyChain } from '../support/verify-chain.ts';
import { streamAnswer } from '../../src/infra/http/routes/schemas.ts';
import { embeddedBus } from '../../src/infra/message-bus/embedded/embedded.ts';
import { createTopics } from '../../src/infra/messaging/topics.ts';
import { asStored } from '../support/as-stored.ts';
import { CANARIES, instance, texts } from '../support/canary-instance.ts';
import { filesUnder, findings } from '../support/canary-search.ts';
import { freshDirectory } from '../support/fresh-directory.ts';
import { call, post, read } from '../support/http-calls.ts';
import { FLOW_HEADERS } from '../support/instance-story.ts';
import { startSkald } from '../support/skald-server.ts';

vi.setConfig({ testTimeout: 180_000 });
const WAIT = { timeout: 20_000, interval: 100 };
const LATER = fileURLToPath(new URL('../support/future-process.ts', import.meta.url));
const SETTINGS = { LOG_LEVEL: 'trace', RETENTION_DELAY: '1h' };
const PLAIN_KEY = 'plain-name-of-a-field';

const refusals = z.object({ items: z.array(z.object({ id: z.string() })) });
const letters = z.object({ items: z.array(z.object({ id: z.string(), state: z.string() })) });

/** A record whose value no instance can have, on the topic that instances come by. */
const deliver = async (dataDir: string): Promise<void> => {
  const bus = await embeddedBus({ dataDir, clock: systemClock() });
  const topics = createTopics({ namespace: 'skald' });
  await bus.ensureTopics(topics.fixed);
  const { headers, value } = instance;
  const wrong = { ...value, valuePerKey: { ...value.valuePerKey, [PLAIN_KEY]: 1 } };
  const published = await bus.publish([
    {
      ...{
        topic: topics.named('instanceReceived').name,
        key: null,
        value: Buffer.from(JSON.stringify(wrong)),
      },
      headers: [[FLOW_HEADERS, Buffer.from(JSON.stringify(headers))]],
    },
  ]);
  expect(published).toEqual({ kind: 'ok' });
  await bus.close();
};

describe('a refused delivery whose time is up', () => {
  it('is in no file, no read model and no log line, its dead letter neither', async () => {
    const dataDir = freshDirectory();
    await deliver(dataDir);
    const first = await startSkald(dataDir, SETTINGS);
    const listOn = (address: string) => `${address}/api/v1/instances?kind=refused-intake`;
    const lettersOn = (address: string) => `${address}/api/v1/dead-letters`;
    const found = await vi.waitFor(async () => {
      const [refusal] = read(await call(listOn(first.address)), refusals).items;
      const [letter] = read(await call(lettersOn(first.address)), letters).items;
      if (refusal === undefined || letter === undefined) throw new Error('not yet');
      return { intakeId: refusal.id, letterId: letter.id };
    }, WAIT);
    const { intakeId, letterId } = found;
    const letterOn = (address: string) => `${lettersOn(address)}/${letterId}`;
    expect((await call(letterOn(first.address))).text).toContain(CANARIES.deepValue);
    // The topic carries it in the clear by contract: this proves that the search finds it.
    expect(findings(filesUnder(dataDir), [CANARIES.deepValue])).not.toEqual([]);
    const discarded = await post(`${letterOn(first.address)}/discard`, { reason: 'a test' });
    expect(discarded.status).toBe(200);
    expect((await post(`${first.address}/api/v1/instances/retention/runs`, {})).status).toBe(202);
    await first.kill();

    const second = await startSkald(dataDir, { ...SETTINGS, NODE_OPTIONS: `--import=${LATER}` });
    await vi.waitFor(async () => {
      await post(`${second.address}/api/v1/instances/retention/runs`, {});
      expect(read(await call(listOn(second.address)), refusals).items).toEqual([]);
    }, WAIT);
    const stream = `${second.address}/api/v1/streams/intake-${intakeId}?limit=100`;
    const { items, head } = read(await call(stream), streamAnswer);
    expect(items.map(({ type }) => type)).toEqual(['IntakeRefused', 'IntakeErased']);
    expect(verifyChain(items.map(asStored))).toMatchObject({ kind: 'intact', revision: head });
    expect(read(await call(lettersOn(second.address)), letters).items).toMatchObject([
      { state: 'discarded' },
    ]);
    expect((await call(letterOn(second.address))).text).toContain('"encoding":"erased"');

    await vi.waitFor(() => {
      expect(findings(filesUnder(dataDir), texts)).toEqual([]);
    }, WAIT);
    expect(findings(filesUnder(dataDir), [PLAIN_KEY]).length).toBeGreaterThan(0);
    expect(await second.stop()).toBe(0);
    expect(findings(filesUnder(dataDir), texts)).toEqual([]);
    const printed = new Map([['output', Buffer.from(first.output() + second.output())]]);
    expect(findings(printed, texts)).toEqual([]);
  });
});
