import { status } from '@grpc/grpc-js';
import {
  AccessDeniedError,
  CancelledError,
  DeadlineExceededError,
  NotLeaderError,
} from '@eventstore/db-client';
import { MaxAppendSizeExceededError, UnavailableError, UnknownError } from '@eventstore/db-client';
import type { EventStoreDBClient } from '@eventstore/db-client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { collect, openSession, someEvents, typesIn } from '../../support/eventstoredb/session.ts';
import type { Session } from '../../support/eventstoredb/session.ts';

const STREAM = 'ns.saga-1';

describe.each([
  { transport: 'batch append', hasBatchAppend: true },
  { transport: 'unary append', hasBatchAppend: false },
])('faults of appends to the EventStoreDB double, $transport', ({ hasBatchAppend }) => {
  let session: Session;
  beforeEach(async () => {
    session = await openSession({ hasBatchAppend });
  });
  afterEach(() => session.close());

  const append = (events = someEvents('A')) =>
    session.client.appendToStream(STREAM, events, { expectedRevision: 'no_stream' });
  const stored = () => session.double.log.visible().length;
  /** An append of which nobody expects an answer; `answered` tells whether there was one. */
  const abandoned = (events = someEvents('A')) => {
    const answered = vi.fn();
    append(events).then(answered, answered);
    return answered;
  };

  it('delays', async () => {
    const delay = session.double.faults.delay(60);
    const before = performance.now();
    await append();
    expect(performance.now() - before).toBeGreaterThan(50);
    expect(delay.hits()).toBe(1);
    delay.disarm();
    await session.client.appendToStream(STREAM, someEvents('B'));
    expect(delay.hits()).toBe(1);
  });

  it('commits and drops the reply: a retry is answered, one event is stored', async () => {
    const fault = session.double.faults.dropReply();
    const events = someEvents('A');
    const answered = abandoned(events);
    await vi.waitFor(() => expect(stored()).toBe(1));
    expect(await append(events)).toMatchObject({ success: true, nextExpectedRevision: 0n });
    expect(answered).not.toHaveBeenCalled();
    expect(fault.hits()).toBe(1);
    expect(stored()).toBe(1);
  });

  it('keeps silent and commits nothing', async () => {
    const fault = session.double.faults.silence();
    const answered = abandoned();
    await vi.waitFor(() => expect(fault.hits()).toBe(1));
    expect(stored()).toBe(0);
    await append();
    expect(answered).not.toHaveBeenCalled();
    expect(stored()).toBe(1);
  });

  it('drops a retry of what is not replicated, shows nothing of it, then answers', async () => {
    const fault = session.double.faults.notReplicated(60_000);
    const events = someEvents('A');
    const first = append(events);
    await vi.waitFor(() => expect(fault.hits()).toBe(1));
    const retried = abandoned(events);
    await vi.waitFor(() => expect(session.double.requests.append).toBe(2));
    await expect(typesIn(session, STREAM)).rejects.toMatchObject({ type: 'stream-not-found' });
    expect(await collect(session.client.readAll())).toEqual([]);
    session.double.faults.replicate();
    expect(await first).toMatchObject({ nextExpectedRevision: 0n });
    expect(await append(events)).toMatchObject({ nextExpectedRevision: 0n });
    expect(retried).not.toHaveBeenCalled();
    expect(await typesIn(session, STREAM)).toEqual(['A']);
  });

  it('replicates by itself after the time given', async () => {
    session.double.faults.notReplicated(30);
    expect(await append()).toMatchObject({ nextExpectedRevision: 0n });
    expect(await typesIn(session, STREAM)).toEqual(['A']);
  });

  it.each([{ committed: false }, { committed: true }])(
    'fails with a status, committed $committed',
    async ({ committed }) => {
      const fault = session.double.faults.error({ code: status.UNAVAILABLE, committed });
      await expect(append()).rejects.toBeInstanceOf(UnavailableError);
      expect(stored()).toBe(committed ? 1 : 0);
      expect(fault.hits()).toBe(1);
      // The client drops its channel after this error; the next call takes a new one.
      expect(await session.client.appendToStream(STREAM, someEvents('B'))).toMatchObject({ success: true });
    },
  );

  it("fails with the server's exception in the metadata", async () => {
    session.double.faults.error({ code: status.PERMISSION_DENIED, exception: 'access-denied' });
    await expect(append()).rejects.toBeInstanceOf(AccessDeniedError);
    session.double.faults.error({ code: status.CANCELLED });
    await expect(append()).rejects.toBeInstanceOf(CancelledError);
  });

  it.each([
    { detail: 'AccessDenied', error: AccessDeniedError },
    { detail: 'Timeout', error: DeadlineExceededError },
    { detail: 'Unknown', error: UnknownError },
    { detail: 'MaximumAppendSizeExceeded', error: MaxAppendSizeExceededError },
  ] as const)('answers with $detail', async ({ detail, error }) => {
    const fault = session.double.faults.answer(detail, { committed: true });
    await expect(append()).rejects.toBeInstanceOf(error);
    expect(fault.hits()).toBe(1);
    expect(stored()).toBe(1);
  });

  it('names another leader, on loopback only', async () => {
    const other = await openSession();
    const { port } = other.double;
    const fault = session.double.faults.notLeader('127.0.0.1', port);
    const attempt = append();
    await expect(attempt).rejects.toBeInstanceOf(NotLeaderError);
    await expect(attempt).rejects.toMatchObject({ leader: { address: '127.0.0.1', port } });
    expect(fault.hits()).toBe(1);
    expect(() => session.double.faults.notLeader('192.0.2.1', 2113)).toThrow('loopback');
    await other.close();
  });

  it('refuses an id that is no UUID and stores nothing', async () => {
    const [event] = someEvents('A');
    const events = event === undefined ? [] : [{ ...event, id: 'no-uuid' }];
    await expect(append(events)).rejects.toBeInstanceOf(UnknownError);
    expect(stored()).toBe(0);
  });

  it('forgets every armed fault when told', async () => {
    const { faults } = session.double;
    const armed = [faults.silence(9), faults.dropReply(9), faults.error({ code: status.INTERNAL, times: 9 })];
    faults.clear();
    await append();
    expect(armed.map(({ hits }) => hits())).toEqual([0, 0, 0]);
  });
});

describe('faults of the batch stream and of discovery', () => {
  let session: Session;
  beforeEach(async () => {
    session = await openSession();
  });
  afterEach(() => session.close());

  it.each([{ committed: false }, { committed: true }])(
    'ends with OK instead of an answer, committed $committed',
    async ({ committed }) => {
      const fault = session.double.faults.end(1, { committed });
      const events = someEvents('A');
      const answered = vi.fn();
      session.client
        .appendToStream(STREAM, events, { expectedRevision: 'no_stream' })
        .then(answered, answered);
      await vi.waitFor(() => expect(fault.hits()).toBe(1));
      await vi.waitFor(() => expect(session.double.openCalls('BatchAppend')).toBe(0));
      expect(session.double.log.visible()).toHaveLength(committed ? 1 : 0);
      // The client keeps the ended stream: only another one gets an answer.
      const retry = await session.connect().appendToStream(STREAM, events, { expectedRevision: 'no_stream' });
      expect(retry).toMatchObject({ nextExpectedRevision: 0n });
      expect(answered).not.toHaveBeenCalled();
    },
  );

  it('fails discovery of features once, which one client remembers and the next does not', async () => {
    const fault = session.double.faults.featuresFail();
    const attempt = (client: EventStoreDBClient) => client.appendToStream(STREAM, someEvents('A'));
    await expect(attempt(session.client)).rejects.toMatchObject({ code: status.INTERNAL });
    await expect(attempt(session.client)).rejects.toMatchObject({ code: status.INTERNAL });
    expect(fault.hits()).toBe(1);
    expect(await attempt(session.connect())).toMatchObject({ success: true });
  });

  it('keeps silent about features', async () => {
    const fault = session.double.faults.silence(1, 'features');
    const answered = vi.fn();
    session.client.appendToStream(STREAM, someEvents('A')).then(answered, answered);
    await vi.waitFor(() => expect(fault.hits()).toBe(1));
    expect(session.double.openCalls('GetSupportedMethods')).toBe(1);
    expect(await session.connect().appendToStream(STREAM, someEvents('A'))).toMatchObject({ success: true });
    expect(answered).not.toHaveBeenCalled();
  });
});
