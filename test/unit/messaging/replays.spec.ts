import { describe, expect, it } from 'vitest';
import { replayedTypeOf, replayTopic } from '../../../src/infra/messaging/out/replay-topic.ts';
import { systemClock } from '../../../src/infra/clock/system.ts';
import { embeddedBus } from '../../../src/infra/message-bus/embedded/embedded.ts';
import type { InRecord, OutRecord, PublishResult } from '../../../src/infra/message-bus/port.ts';
import { freshDirectory } from '../../support/fresh-directory.ts';
import { inRecord, initiatorYaml, messagingWorld } from '../../support/messaging-world.ts';
import { eventAt, SESSION } from '../../support/replays.ts';

const never = new AbortController().signal;
const texts = ({ headers }: Pick<OutRecord, 'headers'>) =>
  Object.fromEntries(headers.map(([name, value]) => [name, Buffer.from(value).toString()]));

const topicOver = (bus: Parameters<typeof replayTopic>[0]['bus'], troubles: unknown[] = []) =>
  replayTopic({
    ...{ bus, clock: systemClock(), namespace: 'skald', name: 'january', sessionId: SESSION },
    onTrouble: (error) => void troubles.push(error),
  });

describe('a topic that is replayed to', () => {
  it('is made where it is missing, and gets each event marked, with the id of the original', async () => {
    const bus = await embeddedBus({ dataDir: freshDirectory(), clock: systemClock() });
    const read: InRecord[] = [];
    const topic = await topicOver(bus);
    expect(await topic.deliver([eventAt(1), eventAt(2)], never)).toEqual({ kind: 'ok' });
    const consumer = await bus.consume({
      ...{
        group: 'g',
        topics: ['skald.replay.january'],
        onTrouble: () => undefined,
        onFatal: () => undefined,
      },
      handle: (record) => {
        read.push(record);
        return Promise.resolve();
      },
    });
    await expect.poll(() => read.length, { timeout: 10_000 }).toBe(2);
    await consumer.stop();
    await bus.close();
    const { eventId, position } = eventAt(1);
    expect(texts(read[0] ?? { headers: [] })).toMatchObject({
      ...{
        'skald-replay': SESSION,
        'skald-replay-position': position,
        ce_id: eventId,
        ce_sequence: position,
      },
      ...{ ce_source: 'urn:skald:skald', ce_type: 'dev.skald.saga.step-succeeded.v1', ce_subject: 'a' },
    });
    expect(Buffer.from(read[0]?.key ?? []).toString()).toBe('a');
    expect(JSON.parse(Buffer.from(read[0]?.value ?? []).toString())).toEqual({
      ...{ skaldReplay: { sessionId: SESSION, position }, event: eventAt(1) },
    });
  });

  it('says of each event which major form it was stored in', () => {
    const noted = { ...eventAt(1), stream: 'message-1', type: 'RecordNoted' };
    const typeIn = (schemaVersion: string) =>
      replayedTypeOf({ ...noted, metadata: { ...noted.metadata, schemaVersion } });
    expect(typeIn('1.0')).toBe('dev.skald.message.record-noted.v1');
    expect(typeIn('2.0')).toBe('dev.skald.message.record-noted.v2');
  });

  it('skips what is too large, and waits for a bus that does not answer', async () => {
    const answers: PublishResult[] = [
      { kind: 'ambiguous', cause: new Error('no answer') },
      { kind: 'refused', code: 'too_large', detail: '2 MiB' },
    ];
    const troubles: unknown[] = [];
    const publish = (): Promise<PublishResult> => Promise.resolve(answers.shift() ?? { kind: 'ok' });
    const target = await topicOver({ publish, ensureTopics: () => Promise.resolve() }, troubles);
    expect(await target.deliver([eventAt(1)], never)).toEqual({
      ...{ kind: 'skipped', code: 'too_large', detail: '2 MiB' },
    });
    expect(troubles).toHaveLength(1);
    expect(await target.deliver([eventAt(1)], AbortSignal.abort())).toEqual({ kind: 'aborted' });
  });
});

describe('a replayed record that comes in', () => {
  const mark = { 'Skald-Replay': SESSION };

  it.each([
    ['orchestrator.registration', initiatorYaml('tenant', ['a'])],
    ['orchestrator.execution.start', JSON.stringify({ orchName: 'tenant' })],
    ['orchestrator.response.result', '{ this is no JSON'],
    ['orchestrator.tenant.a', '{}'],
  ])('is noted and does nothing on %s', async (topic, value) => {
    const world = await messagingWorld();
    const outcome = await world.messaging.handle(inRecord(topic, value, { headers: mark }), 0);
    expect(outcome).toEqual({ kind: 'noted', reason: 'replayed' });
    expect(await world.events()).toEqual([]);
  });

  it('is noted in the log once, however often it comes, and the original still has its effect', async () => {
    const world = await messagingWorld();
    await world.bus.ensureTopics([{ name: 'orchestrator.registration', partitions: 1, retentionMs: -1 }]);
    const header = (name: string, value: string) => [name, Buffer.from(value)] as const;
    const identity = [header('ce_id', 'e-1'), header('ce_source', 'urn:other')];
    const record = (headers: OutRecord['headers']): OutRecord => ({
      ...{ topic: 'orchestrator.registration', key: 'k', headers },
      value: Buffer.from(initiatorYaml('tenant', ['a'])),
    });
    const marked = record([...identity, header('skald-replay', SESSION)]);
    await world.bus.publish([marked, marked, record(identity)]);
    void world.run('consumers');
    await expect
      .poll(async () => (await world.events()).map(({ type }) => type), { timeout: 10_000 })
      .toEqual(['RecordNoted', 'DefinitionRegistered']);
    const [note] = await world.events();
    expect(note).toMatchObject({ data: { reason: 'replayed' }, metadata: { schemaVersion: '2.0' } });
    expect(world.messaging.status().consumers).toMatchObject({ replayed: 2, parked: 0 });
  });
});
