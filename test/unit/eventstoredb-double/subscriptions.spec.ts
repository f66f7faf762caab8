import { END, eventTypeFilter, jsonEvent, streamNameFilter } from '@eventstore/db-client';
import type { Filter, Position } from '@eventstore/db-client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { follow } from '../../support/eventstoredb/follower.ts';
import { collect, openSession, someEvents } from '../../support/eventstoredb/session.ts';
import type { Session } from '../../support/eventstoredb/session.ts';

describe('subscriptions of the EventStoreDB double', () => {
  let session: Session;
  beforeEach(async () => {
    session = await openSession();
  });
  afterEach(() => session.close());

  const append = (stream: string, ...types: readonly string[]) =>
    session.client.appendToStream(stream, someEvents(...types));
  const positions = async (): Promise<readonly Position[]> =>
    (await collect(session.client.readAll())).flatMap(({ position }) => position ?? []);
  const subscribe = (filter?: Filter, fromPosition?: Position) =>
    session.client.subscribeToAll({
      ...(filter === undefined ? {} : { filter }),
      ...(fromPosition === undefined ? {} : { fromPosition }),
    });

  it('confirms, gives history, tells that it caught up, and goes on live', async () => {
    await append('ns.saga-1', 'A', 'B');
    const { told } = follow(subscribe());
    await vi.waitFor(() => expect(told).toEqual(['confirmation', 'A', 'B', 'caughtUp']));
    await append('ns.saga-2', 'C');
    await vi.waitFor(() => expect(told).toEqual(['confirmation', 'A', 'B', 'caughtUp', 'C']));
  });

  it('starts after a position, between two events of one commit too', async () => {
    await append('ns.saga-1', 'A', 'B');
    const [a] = await positions();
    const { told } = follow(subscribe(undefined, a));
    await vi.waitFor(() => expect(told).toEqual(['confirmation', 'B', 'caughtUp']));
  });

  it('gives only what comes when it starts at the end', async () => {
    await append('ns.saga-1', 'A');
    const { told } = follow(session.client.subscribeToAll({ fromPosition: END }));
    await vi.waitFor(() => expect(told).toContain('caughtUp'));
    await append('ns.saga-1', 'B');
    await vi.waitFor(() => expect(told).toEqual(['confirmation', 'caughtUp', 'B']));
  });

  it.each([
    {
      by: 'stream prefix',
      filter: streamNameFilter({ prefixes: ['ns.saga-', 'ns.worker-'] }),
      kept: ['A', 'C'],
    },
    { by: 'stream pattern', filter: streamNameFilter({ regex: '^other' }), kept: ['B'] },
    { by: 'type prefix', filter: eventTypeFilter({ prefixes: ['C'] }), kept: ['C'] },
    { by: 'type pattern', filter: eventTypeFilter({ regex: '^[AB]$' }), kept: ['A', 'B'] },
  ])('keeps events by $by', async ({ filter, kept }) => {
    await append('ns.saga-1', 'A');
    await append('other.saga-1', 'B');
    await append('ns.worker-1', 'C');
    const { told } = follow(subscribe(filter));
    await vi.waitFor(() => expect(told).toEqual(['confirmation', ...kept, 'caughtUp']));
  });

  it('tells a checkpoint after each interval of looked-at events, matching or not, and one at going live', async () => {
    const checkpoints: Position[] = [];
    const all = [];
    for (let index = 0; index < 10; index += 1) await append('other.saga-1', `E${index}`);
    all.push(...(await positions()));
    const filter = streamNameFilter({
      prefixes: ['ns.'],
      maxSearchWindow: 2,
      checkpointInterval: 2,
      checkpointReached: (_, position) => void checkpoints.push(position),
    });
    const { told } = follow(subscribe(filter));
    await vi.waitFor(() => expect(told).toEqual(['confirmation', 'caughtUp']));
    expect(checkpoints).toEqual([all[3], all[7], all[9]]);
    for (let index = 0; index < 4; index += 1) await append('other.saga-1', 'late');
    await vi.waitFor(() => expect(checkpoints).toHaveLength(4));
    expect(checkpoints.at(-1)).toEqual((await positions()).at(-1));
  });

  it('follows one stream after a revision', async () => {
    await append('ns.saga-1', 'A', 'B');
    await append('ns.saga-2', 'X');
    const { told } = follow(session.client.subscribeToStream('ns.saga-1', { fromRevision: 0n }));
    await vi.waitFor(() => expect(told).toEqual(['confirmation', 'B', 'caughtUp']));
    await append('ns.saga-1', 'C');
    await vi.waitFor(() => expect(told.at(-1)).toBe('C'));
  });

  it('ends with an error when its stream is tombstoned', async () => {
    await append('ns.saga-1', 'A');
    const { told, errors } = follow(session.client.subscribeToStream('ns.saga-1'));
    await vi.waitFor(() => expect(told).toContain('caughtUp'));
    session.double.faults.tombstoneStream('ns.saga-1');
    await vi.waitFor(() =>
      expect(errors).toMatchObject([{ type: 'stream-deleted', streamName: 'ns.saga-1' }]),
    );
  });

  it('sends no faster than the client reads', async () => {
    const text = 'x'.repeat(50_000);
    for (let batch = 0; batch < 10; batch += 1) {
      const events = Array.from({ length: 10 }, () => jsonEvent({ type: 'Big', data: { text } }));
      await session.client.appendToStream('ns.saga-1', events);
    }
    const subscription = subscribe();
    const caughtUp = vi.fn();
    subscription.on('caughtUp', caughtUp);
    const events = subscription[Symbol.asyncIterator]();
    await events.next();
    await vi.waitFor(() => expect(session.double.eventsSent()).toBeGreaterThan(2));
    const early = session.double.eventsSent();
    await append('ns.saga-2', 'Small');
    expect(session.double.eventsSent()).toBe(early);
    expect(early).toBeLessThan(100);
    for (let read = 1; read < 101; read += 1) await events.next();
    expect(session.double.eventsSent()).toBe(101);
    await vi.waitFor(() => expect(caughtUp).toHaveBeenCalledTimes(1));
    await subscription.unsubscribe();
  });

  it('counts the calls a client leaves open, and those it closes no longer', async () => {
    const subscriptions = [subscribe(), subscribe(), subscribe()];
    await vi.waitFor(() => expect(session.double.openCalls('Read')).toBe(3));
    await subscriptions[0]?.unsubscribe();
    await vi.waitFor(() => expect(session.double.openCalls('Read')).toBe(2));
    await session.client.dispose();
    await vi.waitFor(() => expect(session.double.openCalls('Read')).toBe(0));
    expect(session.double.requests.subscribe).toBe(3);
  });
});
