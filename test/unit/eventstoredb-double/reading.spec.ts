import { BACKWARDS, END, START, StreamDeletedError, StreamNotFoundError } from '@eventstore/db-client';
import { WrongExpectedVersionError } from '@eventstore/db-client';
import type { Position } from '@eventstore/db-client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { collect, openSession, someEvents, typesIn } from '../../support/eventstoredb/session.ts';
import type { Session } from '../../support/eventstoredb/session.ts';

const STREAM = 'ns.saga-1';
const START_OF_TIME = 1_700_000_000_000;

describe('reads of the EventStoreDB double', () => {
  let session: Session;
  let now = START_OF_TIME;
  beforeEach(async () => {
    now = START_OF_TIME;
    session = await openSession({ now: () => now });
  });
  afterEach(() => session.close());

  const append = (stream: string, ...types: readonly string[]) =>
    session.client.appendToStream(stream, someEvents(...types));
  const allTypes = async () => (await collect(session.client.readAll())).map(({ type }) => type);

  it('gives a stream from a revision, forwards and backwards, up to a count', async () => {
    await append(STREAM, 'A', 'B', 'C', 'D');
    const types = async (options: Parameters<Session['client']['readStream']>[1]) =>
      (await collect(session.client.readStream(STREAM, options))).map(({ type }) => type);
    expect(await types({ fromRevision: 1n, maxCount: 2 })).toEqual(['B', 'C']);
    expect(await types({ fromRevision: END, direction: BACKWARDS, maxCount: 2 })).toEqual(['D', 'C']);
    expect(await types({ fromRevision: 1n, direction: BACKWARDS })).toEqual(['B', 'A']);
    expect(await types({ fromRevision: START, direction: BACKWARDS })).toEqual(['A']);
    expect(await types({ fromRevision: 9n })).toEqual([]);
    expect(await types({ fromRevision: END })).toEqual([]);
  });

  it('gives back ids, data, metadata, time and place as they were stored', async () => {
    const [event] = someEvents('A');
    if (event === undefined) throw new Error('no event');
    await session.client.appendToStream(STREAM, { ...event, metadata: { who: 'me' } });
    now += 1_000;
    const [read] = await collect(session.client.readStream(STREAM));
    expect(read).toMatchObject({
      id: event.id,
      streamId: STREAM,
      revision: 0n,
      type: 'A',
      isJson: true,
      data: { of: 'A' },
      metadata: { who: 'me' },
      created: new Date(START_OF_TIME),
    });
  });

  it('does not find an unknown stream', async () => {
    await expect(typesIn(session, 'ns.saga-unknown')).rejects.toBeInstanceOf(StreamNotFoundError);
  });

  it('has positions that grow, with gaps, and share a commit inside one append', async () => {
    await append('ns.saga-1', 'A');
    await append('ns.saga-2', 'B', 'C');
    await append('ns.saga-1', 'D');
    const events = await collect(session.client.readAll());
    const none: Position = { commit: -1n, prepare: -1n };
    const [a = none, b = none, c = none, d = none] = events.map(({ position }) => position ?? none);
    expect(a.commit).toBe(a.prepare);
    expect(b.commit).toBe(c.commit);
    expect(b.prepare).toBeLessThan(c.prepare);
    expect(c.prepare).toBeLessThan(c.commit);
    expect(d.prepare).toBeGreaterThan(c.commit + 1n);
  });

  it('reads $all forwards with the event at the position, backwards without it', async () => {
    await append('ns.saga-1', 'A', 'B');
    await append('ns.saga-2', 'C');
    const [, b] = await collect(session.client.readAll());
    const fromPosition = b?.position;
    if (fromPosition === undefined) throw new Error('no position');
    const forwards = await collect(session.client.readAll({ fromPosition }));
    const backwards = await collect(session.client.readAll({ fromPosition, direction: BACKWARDS }));
    const last = await collect(
      session.client.readAll({ fromPosition: END, direction: BACKWARDS, maxCount: 1 }),
    );
    expect(forwards.map(({ type }) => type)).toEqual(['B', 'C']);
    expect(backwards.map(({ type }) => type)).toEqual(['A']);
    expect(last.map(({ type }) => type)).toEqual(['C']);
  });

  it('keeps what $maxCount allows in reads of the stream, and everything in $all until scavenged', async () => {
    await session.client.setStreamMetadata(STREAM, { maxCount: 2 });
    await append(STREAM, 'A', 'B', 'C');
    expect(await typesIn(session, STREAM)).toEqual(['B', 'C']);
    expect(await allTypes()).toEqual(['$metadata', 'A', 'B', 'C']);
    session.double.faults.scavenge();
    expect(await allTypes()).toEqual(['$metadata', 'B', 'C']);
    expect(await append(STREAM, 'D')).toMatchObject({ nextExpectedRevision: 3n });
  });

  it('forgets events older than $maxAge', async () => {
    await session.client.setStreamMetadata(STREAM, { maxAge: 60 });
    await append(STREAM, 'A');
    now += 50_000;
    await append(STREAM, 'B');
    now += 20_000;
    expect(await typesIn(session, STREAM)).toEqual(['B']);
    now += 60_000;
    expect(await typesIn(session, STREAM)).toEqual([]);
  });

  it('shows nothing before $tb, and keeps only the latest metadata', async () => {
    await append(STREAM, 'A', 'B', 'C');
    await session.client.setStreamMetadata(STREAM, { maxCount: 10 });
    session.double.faults.truncateStream(STREAM, 2n);
    expect(await typesIn(session, STREAM)).toEqual(['C']);
    const { metadata } = await session.client.getStreamMetadata(STREAM);
    expect(metadata).toEqual({ maxCount: 10, truncateBefore: 2 });
    expect(await typesIn(session, `$$${STREAM}`)).toEqual(['$metadata']);
  });

  it('does not find a deleted stream; its revisions go on when it is written again', async () => {
    await append(STREAM, 'A', 'B');
    await session.client.deleteStream(STREAM);
    await expect(typesIn(session, STREAM)).rejects.toBeInstanceOf(StreamNotFoundError);
    const again = await session.client.appendToStream(STREAM, someEvents('C'), {
      expectedRevision: 'no_stream',
    });
    expect(again).toMatchObject({ nextExpectedRevision: 2n });
    const events = await collect(session.client.readStream(STREAM));
    expect(events.map(({ type, revision }) => ({ type, revision }))).toEqual([{ type: 'C', revision: 2n }]);
  });

  it('refuses to delete at another revision than the expected one', async () => {
    await append(STREAM, 'A', 'B');
    const attempt = session.client.deleteStream(STREAM, { expectedRevision: 0n });
    await expect(attempt).rejects.toBeInstanceOf(WrongExpectedVersionError);
    await expect(attempt).rejects.toMatchObject({ expectedVersion: 0n, actualVersion: 1n });
    expect(await typesIn(session, STREAM)).toEqual(['A', 'B']);
  });

  it('tells that a tombstoned stream is deleted, and leaves only its tombstone after a scavenge', async () => {
    await append(STREAM, 'A');
    session.double.faults.tombstoneStream(STREAM);
    await expect(typesIn(session, STREAM)).rejects.toBeInstanceOf(StreamDeletedError);
    await expect(session.client.tombstoneStream(STREAM)).rejects.toBeInstanceOf(StreamDeletedError);
    expect(await allTypes()).toEqual(['A', '$streamDeleted']);
    session.double.faults.scavenge();
    const [tombstone] = await collect(session.client.readAll());
    expect(tombstone).toMatchObject({ type: '$streamDeleted', revision: 9_223_372_036_854_775_807n });
  });

  it('keeps its data and its port over a restart', async () => {
    await append(STREAM, 'A');
    const { url } = session.double;
    await session.double.restart();
    expect(session.double.url).toBe(url);
    // Channels of one process share a connection: the first call may still meet the broken one.
    await vi.waitFor(async () => expect(await typesIn(session, STREAM)).toEqual(['A']));
  });
});
