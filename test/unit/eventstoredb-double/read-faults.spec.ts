import { Metadata, status } from '@grpc/grpc-js';
import { AccessDeniedError, streamNameFilter, UnavailableError } from '@eventstore/db-client';
import type { Position } from '@eventstore/db-client';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type * as Streams from '@eventstore/db-client/generated/streams_pb.js';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { follow } from '../../support/eventstoredb/follower.ts';
import { collect, openSession, someEvents, typesIn } from '../../support/eventstoredb/session.ts';
import type { Session } from '../../support/eventstoredb/session.ts';

const STREAM = 'ns.saga-1';

describe('faults of reads from the EventStoreDB double', () => {
  let session: Session;
  beforeEach(async () => {
    session = await openSession();
  });
  afterEach(() => session.close());

  const append = (...types: readonly string[]) => session.client.appendToStream(STREAM, someEvents(...types));
  const followed = async () => {
    const seen = follow(session.client.subscribeToAll());
    await vi.waitFor(() => expect(seen.told).toContain('caughtUp'));
    return seen;
  };
  /** As the wire has it, where the client would break. */
  const rawRead = async (metadata = new Metadata()): Promise<readonly Streams.ReadResp[]> => {
    const options = new streams.ReadReq.Options()
      .setAll(new streams.ReadReq.Options.AllOptions().setStart(new shared.Empty()))
      .setNoFilter(new shared.Empty())
      .setUuidOption(new streams.ReadReq.Options.UUIDOption().setString(new shared.Empty()))
      .setCount('10');
    const answers: Streams.ReadResp[] = [];
    const call = session.streams().read(new streams.ReadReq().setOptions(options), metadata);
    for await (const answer of call) answers.push(answer as Streams.ReadResp);
    return answers;
  };

  it.each([
    { kind: 'duplicate', told: ['A', 'B', 'B', 'C', 'D'] },
    { kind: 'older', told: ['A', 'B', 'A', 'C', 'D'] },
    { kind: 'skipped', told: ['A', 'C', 'B', 'D'] },
  ] as const)('delivers $kind events', async ({ kind, told }) => {
    const seen = await followed();
    await append('A');
    await vi.waitFor(() => expect(seen.told.at(-1)).toBe('A'));
    const fault = session.double.faults.duplicateDelivery(kind);
    await append('B', 'C', 'D');
    await vi.waitFor(() => expect(seen.told.slice(2)).toEqual(told));
    expect(fault.hits()).toBe(1);
  });

  it('tells checkpoints early, again, and from before', async () => {
    const checkpoints: Position[] = [];
    const filter = streamNameFilter({
      prefixes: ['ns.'],
      checkpointReached: (_, position) => void checkpoints.push(position),
    });
    const { told } = follow(session.client.subscribeToAll({ filter }));
    await vi.waitFor(() => expect(told).toContain('caughtUp'));
    const { faults, log } = session.double;
    const early = faults.staleCheckpoint('early');
    await append('A');
    await vi.waitFor(() => expect(checkpoints).toHaveLength(1));
    const repeated = faults.staleCheckpoint('repeated');
    await append('B');
    await vi.waitFor(() => expect(checkpoints).toHaveLength(2));
    const second = faults.staleCheckpoint('early');
    await append('C');
    await vi.waitFor(() => expect(checkpoints).toHaveLength(3));
    const backwards = faults.staleCheckpoint('backwards');
    await append('D');
    await vi.waitFor(() => expect(checkpoints).toHaveLength(4));
    const [a, , c] = log.visible().map(({ position }) => position);
    expect(checkpoints).toEqual([a, a, c, a]);
    expect([early, repeated, second, backwards].map(({ hits }) => hits())).toEqual([1, 1, 1, 1]);
  });

  it('reads slowly, event by event', async () => {
    await append('A', 'B', 'C');
    const slow = session.double.faults.slowRead(20);
    const before = performance.now();
    expect(await typesIn(session, STREAM)).toEqual(['A', 'B', 'C']);
    expect(performance.now() - before).toBeGreaterThan(50);
    expect(slow.hits()).toBe(3);
  });

  it('fails, delays and keeps silent on reads', async () => {
    await append('A');
    const error = session.double.faults.error({ code: status.UNAVAILABLE, on: 'read' });
    await expect(typesIn(session, STREAM)).rejects.toBeInstanceOf(UnavailableError);
    const delay = session.double.faults.delay(10, { on: 'read', times: 1 });
    expect(await typesIn(session, STREAM)).toEqual(['A']);
    const silence = session.double.faults.silence(1, 'read');
    const read = session.client.readStream(STREAM);
    await vi.waitFor(() => expect(silence.hits()).toBe(1));
    expect(session.double.openCalls('Read')).toBe(1);
    await read.cancel();
    await vi.waitFor(() => expect(session.double.openCalls('Read')).toBe(0));
    expect([error.hits(), delay.hits()]).toEqual([1, 1]);
  });

  it('holds events the client cannot parse: bad JSON, no id, no stream, no type', async () => {
    session.double.faults.plantBadJson(STREAM);
    const [broken] = await collect(session.client.readStream(STREAM));
    expect(broken).toMatchObject({ isJson: true, data: '{"broken":' });
    for (const defect of ['no_id', 'no_stream', 'no_type'] as const) {
      session.double.faults.plantDefect(STREAM, defect);
    }
    const records = (await rawRead()).map((answer) => answer.getEvent()?.getEvent());
    expect(records.map((record) => record?.hasId())).toEqual([true, false, true, true]);
    expect(records.map((record) => record?.hasStreamIdentifier())).toEqual([true, true, false, true]);
    expect(records.map((record) => record?.getMetadataMap().has('type'))).toEqual([true, true, true, false]);
  });

  it('ends subscriptions without an error', async () => {
    const seen = await followed();
    expect(session.double.faults.endSubscriptions()).toBe(1);
    await vi.waitFor(() => expect(seen.told.at(-1)).toBe('end'));
    expect(seen.errors).toEqual([]);
  });

  it('drops subscriptions with an error', async () => {
    const seen = await followed();
    expect(session.double.faults.errorSubscriptions()).toBe(1);
    await vi.waitFor(() => expect(seen.errors).toHaveLength(1));
    expect(seen.errors[0]).toBeInstanceOf(UnavailableError);
  });

  it('keeps subscriptions open and says nothing any more', async () => {
    const silent = await followed();
    expect(session.double.faults.silenceSubscriptions()).toBe(1);
    const other = await followed();
    await append('A');
    await vi.waitFor(() => expect(other.told.at(-1)).toBe('A'));
    expect(silent.told).toEqual(['confirmation', 'caughtUp']);
    expect(session.double.openCalls('Read')).toBe(2);
  });

  it('tells that a subscription fell behind, and that it caught up again', async () => {
    const seen = await followed();
    expect(session.double.faults.fallBehind()).toBe(1);
    await vi.waitFor(() => expect(seen.told).toEqual(['confirmation', 'caughtUp', 'fellBehind', 'caughtUp']));
  });

  it('is killed: every call ends, the next one reaches it again', async () => {
    await append('A');
    const seen = await followed();
    session.double.faults.kill();
    await vi.waitFor(() => expect(session.double.openCalls()).toBe(0));
    await vi.waitFor(() => expect(seen.errors).toHaveLength(1));
    await vi.waitFor(async () => expect(await typesIn(session, STREAM)).toEqual(['A']));
  });

  it('is unavailable while stopped', async () => {
    await append('A');
    await session.double.stop();
    expect(session.double.isUp()).toBe(false);
    await expect(typesIn(session, STREAM)).rejects.toBeInstanceOf(UnavailableError);
    await session.double.start();
    await vi.waitFor(async () => expect(await typesIn(session, STREAM)).toEqual(['A']));
  });

  it('refuses calls without its credentials', async () => {
    await session.close();
    session = await openSession({ credentials: 'someone:something' });
    await expect(rawRead()).rejects.toMatchObject({ code: status.UNAUTHENTICATED });
    await expect(typesIn(session, STREAM)).rejects.toBeInstanceOf(AccessDeniedError);
    const metadata = new Metadata();
    metadata.set('authorization', `Basic ${Buffer.from('someone:something').toString('base64')}`);
    expect(await rawRead(metadata)).toEqual([]);
  });
});
