import { createPublicKey, verify } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { publishCheckpoints } from '../../../src/commands/witness/publish-checkpoints.ts';
import { runWitness } from '../../../src/commands/witness/run-witness.ts';
import { createExecutor } from '../../../src/commands/execute.ts';
import { textToSign } from '../../../src/domain/checkpoint.ts';
import type { SignedCheckpoint } from '../../../src/domain/checkpoint.ts';
import { witnessAggregate } from '../../../src/domain/witness/aggregate.ts';
import { makeSigningKey } from '../../../src/infra/cli/audit/keygen.ts';
import { systemClock, systemIds } from '../../../src/infra/clock/system.ts';
import { NO_STREAM } from '../../../src/infra/event-store/port.ts';
import { checkpointFiles } from '../../../src/infra/witness/checkpoint-files.ts';
import { checkpointTopic } from '../../../src/infra/messaging/out/checkpoint-topic.ts';
import { createTopics } from '../../../src/infra/messaging/topics.ts';
import { signingKey } from '../../../src/infra/witness/signing-key.ts';
import { getCheckpoint, listCheckpoints, unsignedSince } from '../../../src/queries/audit/checkpoints.ts';
import { auditStore } from '../../support/audit-store.ts';
import { checkpointData } from '../../support/checkpoints.ts';
import { embeddedBusOfTest } from '../../support/instance-story.ts';
import { freshDirectory } from '../../support/fresh-directory.ts';
import { openLog } from '../../support/open-log.ts';
import { appendTo, witnessing } from '../../support/witnessed-log.ts';

const YEAR_MS = 365 * 86_400_000;
const soon = () => AbortSignal.timeout(20_000);

describe('taking a checkpoint', () => {
  it('signs what has happened since the one before, and nothing twice', async () => {
    const store = await openLog();
    const { sign } = witnessing(store);
    await appendTo(store, 'saga-a', await appendTo(store, 'saga-a', NO_STREAM));
    await appendTo(store, 'saga-b', NO_STREAM);
    const first = await sign();
    expect(first).toMatchObject({ number: 1, events: 3, streams: 2, logId: store.logId });
    expect(await sign()).toEqual(first);
    await appendTo(store, 'saga-c', NO_STREAM);
    expect(await sign()).toMatchObject({ number: 2, events: 1, streams: 1, from: first.upTo });
  });

  it('signs with a key that others can check', async () => {
    const store = await openLog();
    const { sign, keys } = witnessing(store);
    const checkpoint = await sign();
    const key = createPublicKey(readFileSync(keys.publicKey));
    const signature = Buffer.from(checkpoint.signature, 'base64');
    expect(verify(null, Buffer.from(textToSign(checkpoint)), key, signature)).toBe(true);
    expect(checkpoint.keyFingerprint).toBe(keys.fingerprint);
  });

  it('is late from the first event on where nothing was ever signed', async () => {
    let nowMs = Date.UTC(2026, 0, 1);
    const store = await openLog({ clock: { now: () => nowMs } });
    const since = unsignedSince(store);
    expect(await since()).toBeUndefined();
    await appendTo(store, 'saga-a', NO_STREAM);
    nowMs += 10_000;
    await appendTo(store, 'saga-b', NO_STREAM);
    expect(await since()).toBe(nowMs - 10_000);
    const { signedAt } = await witnessing(store).sign();
    expect(await since()).toBe(Date.parse(signedAt));
  });

  it('takes several where much has happened, each of a bounded size', async () => {
    const store = await openLog();
    const { sign, publicKey } = witnessing(store, 1000);
    const heads = Array.from({ length: 2500 }, (_, at) => appendTo(store, `saga-${at}`, NO_STREAM));
    await Promise.all(heads);
    expect(await sign()).toMatchObject({ number: 3, events: 500 });
    const { items, next } = await listCheckpoints(store)({ limit: 2 });
    expect([items.map(({ number }) => number), next]).toEqual([[3, 2], 2]);
    expect(await listCheckpoints(store)({ limit: 2, below: 2 })).toMatchObject({ items: [{ number: 1 }] });
    expect(await getCheckpoint(store)(2)).toMatchObject({ number: 2, events: 1000 });
    expect(await getCheckpoint(store)(4)).toBeUndefined();
    const report = await auditStore(store, (name) => (name === 'publicKey' ? publicKey : undefined));
    expect(report).toMatchObject({ isIntact: true, covered: 2500, notYetCovered: 0, checkpoints: 3 });
  });

  it('lists the heads in parts where they do not fit into one event', async () => {
    const store = await openLog();
    const { sign } = witnessing(store);
    await Promise.all(Array.from({ length: 2100 }, (_, at) => appendTo(store, `saga-${at}`, NO_STREAM)));
    const { heads, streams } = await sign();
    const { head } = await store.readStream(`witness-${heads}`, { from: 0, direction: 'forwards', max: 1 });
    expect([streams, head]).toEqual([2100, 1]);
    expect(await auditStore(store, () => undefined)).toMatchObject({ isIntact: true, keySource: 'claimed' });
  });
});

describe('an audit of signed checkpoints', () => {
  it('holds for a log that was signed when it was empty', async () => {
    const store = await openLog();
    const { sign } = witnessing(store);
    expect(await sign()).toMatchObject({ number: 1, events: 0 });
    await appendTo(store, 'saga-a', await appendTo(store, 'saga-a', NO_STREAM));
    await sign();
    expect(await auditStore(store, () => undefined)).toMatchObject({
      isIntact: true,
      covered: 2,
      checkpoints: 2,
    });
  });

  it('knows several keys, and trusts no other', async () => {
    const store = await openLog();
    const before = witnessing(store);
    await appendTo(store, 'saga-a', NO_STREAM);
    await before.sign();
    const after = witnessing(store);
    await appendTo(store, 'saga-b', NO_STREAM);
    await after.sign();
    const both = join(freshDirectory(), 'keys.pem');
    writeFileSync(both, readFileSync(before.publicKey, 'utf8') + readFileSync(after.publicKey, 'utf8'));
    const auditWith = (publicKey: string) =>
      auditStore(store, (name) => (name === 'publicKey' ? publicKey : undefined));
    expect(await auditWith(both)).toMatchObject({ isIntact: true, keySource: 'given', covered: 2 });
    const found = await auditWith(before.publicKey);
    expect(found).toMatchObject({ isIntact: false, findings: [{ stream: 'witness-log', revision: 1 }] });
    expect(found.findings[0]?.detail).toContain('signed with another key');
  });

  it('misses the checkpoints that were published', async () => {
    const [store, other] = [await openLog(), await openLog()];
    const { sign, publicKey } = witnessing(store);
    await appendTo(store, 'saga-a', NO_STREAM);
    const checkpoints = freshDirectory();
    await checkpointFiles(checkpoints)(await sign(), soon());
    await appendTo(other, 'saga-a', NO_STREAM);
    const given: Readonly<Record<string, string>> = { publicKey, checkpoints };
    expect(await auditStore(store, (name) => given[name])).toMatchObject({ isIntact: true });
    const { findings } = await auditStore(other, (name) => given[name]);
    expect(findings.map(({ detail }) => detail)).toContain(
      'checkpoint 1 was published and is not in the log, or not sound there',
    );
  });
});

describe('the duty', () => {
  it('signs when enough has happened or the time has come, and goes on from the last one', async () => {
    const store = await openLog();
    const { signer } = witnessing(store);
    const clock = systemClock();
    const signed: SignedCheckpoint[] = [];
    const run = (everyMs: number, eventsPerCheckpoint: number) => {
      const stopping = new AbortController();
      const deps = { store, clock, ids: systemIds(), signer, everyMs, eventsPerCheckpoint, pollMs: 5 };
      const witness = createExecutor(deps, witnessAggregate);
      const onSigned = (checkpoint: SignedCheckpoint) => void signed.push(checkpoint);
      const done = runWitness({ ...deps, witness, onSigned }, stopping.signal);
      return async () => {
        stopping.abort();
        await done;
      };
    };
    await appendTo(store, 'saga-a', NO_STREAM);
    const stop = run(3_600_000, 5);
    await expect.poll(() => signed.length).toBe(1);
    for (let at = 0; at < 5; at += 1) await appendTo(store, `saga-b${at}`, NO_STREAM);
    await expect.poll(() => signed.length).toBe(2);
    await appendTo(store, 'saga-c', NO_STREAM);
    await stop();
    const again = run(1, 5);
    await expect.poll(() => signed.length).toBe(3);
    await again();
    expect(signed.map(({ number, events }) => [number, events])).toEqual([
      [1, 1],
      [2, 5],
      [3, 1],
    ]);
  });
});

describe('the duty behind a checkpoint that a clock far ahead signed', () => {
  it('does not wait until that time has come', async () => {
    const store = await openLog();
    const { signer, sign } = witnessing(store);
    await appendTo(store, 'saga-a', NO_STREAM);
    await sign();
    await appendTo(store, 'saga-b', NO_STREAM);
    const steady = systemClock();
    const clock = { ...steady, now: () => steady.now() - YEAR_MS };
    const deps = { store, clock, ids: systemIds(), signer, everyMs: 1, pollMs: 5 };
    const stopping = new AbortController();
    const signed: number[] = [];
    const onSigned = ({ number }: SignedCheckpoint) => void signed.push(number);
    const witness = createExecutor(deps, witnessAggregate);
    const done = runWitness({ ...deps, witness, onSigned }, stopping.signal);
    await expect.poll(() => signed).toEqual([2]);
    stopping.abort();
    await done;
  });
});

describe('publishing checkpoints', () => {
  it('writes each once, and goes on where it was', async () => {
    const store = await openLog();
    const { sign } = witnessing(store);
    const directory = join(freshDirectory(), 'out');
    const publishing = async (count: number) => {
      const stopping = new AbortController();
      const outlet = { name: 'files', publish: checkpointFiles(directory) };
      const done = publishCheckpoints({ store, checkpoints: store.checkpoints, outlet }, stopping.signal);
      await expect
        .poll(() => readdirSync(directory).filter((file) => file.endsWith('.json')).length)
        .toBe(count);
      stopping.abort();
      await done;
    };
    await appendTo(store, 'saga-a', NO_STREAM);
    const first = await sign();
    await publishing(1);
    await appendTo(store, 'saga-b', NO_STREAM);
    await sign();
    await publishing(2);
    expect(readdirSync(directory)).toEqual(['checkpoint-00000001.json', 'checkpoint-00000002.json']);
    expect(JSON.parse(readFileSync(join(directory, 'checkpoint-00000001.json'), 'utf8'))).toEqual(first);
  });

  it('goes to a topic too, which the first of them makes', async () => {
    const store = await openLog();
    const { sign } = witnessing(store);
    const bus = await embeddedBusOfTest();
    const [checkpoint, stopping] = [await sign(), new AbortController()];
    const troubles: unknown[] = [];
    const deps = { bus, clock: systemClock(), onTrouble: (error: unknown) => void troubles.push(error) };
    const outlet = {
      name: 'topic',
      publish: checkpointTopic(deps, createTopics({ namespace: 'n1' }).named('checkpoints')),
    };
    const done = publishCheckpoints({ store, checkpoints: store.checkpoints, outlet }, stopping.signal);
    await expect.poll(() => store.checkpoints.load('checkpoints-topic')).toBeDefined();
    stopping.abort();
    await done;
    const values: unknown[] = [];
    const consumer = await bus.consume({
      ...{ group: 'auditor', topics: ['n1.checkpoints'], onTrouble: deps.onTrouble, onFatal: deps.onTrouble },
      handle: ({ value }) => {
        values.push(JSON.parse(Buffer.from(value ?? []).toString()));
        return Promise.resolve();
      },
    });
    await expect.poll(() => values).toEqual([checkpoint]);
    await consumer.stop();
  });

  it('never writes over another one of the same number', async () => {
    const directory = freshDirectory();
    const publish = checkpointFiles(directory);
    await publish(checkpointData(1), soon());
    await publish(checkpointData(1), soon());
    const other = { ...checkpointData(1), root: 'e'.repeat(64) };
    await expect(publish(other, soon())).rejects.toThrow('another checkpoint');
    const kept: unknown = JSON.parse(readFileSync(join(directory, 'checkpoint-00000001.json'), 'utf8'));
    expect(kept).toEqual(checkpointData(1));
  });
});

describe('the signing key', () => {
  it('is refused where the log is, by name or through a link', () => {
    const dataDir = freshDirectory();
    const elsewhere = freshDirectory();
    const { privateKey } = makeSigningKey(join(dataDir, 'keys'));
    symlinkSync(dataDir, join(elsewhere, 'link'));
    const refused = 'must be outside DATA_DIR';
    expect(() => signingKey({ file: privateKey, dataDir })).toThrow(refused);
    expect(() => signingKey({ file: join(elsewhere, 'link/keys/signing-key.pem'), dataDir })).toThrow(
      refused,
    );
  });

  it('is refused where it is no Ed25519 key, without a word of what is in the file', () => {
    const directory = freshDirectory();
    const file = join(directory, 'key.pem');
    writeFileSync(file, 'a secret of something else');
    const dataDir = join(directory, 'data');
    mkdirSync(dataDir);
    expect(() => signingKey({ file, dataDir })).toThrow(/not a readable Ed25519 key[^\0]*key\.pem$/);
    expect(() => signingKey({ file: join(directory, 'missing.pem'), dataDir })).toThrow('not a readable');
  });

  it('is never made over another one', () => {
    const directory = freshDirectory();
    makeSigningKey(directory);
    expect(() => makeSigningKey(directory)).toThrow('no key was made');
  });
});
