import { jsonEvent, StreamDeletedError, WrongExpectedVersionError } from '@eventstore/db-client';
import { MaxAppendSizeExceededError } from '@eventstore/db-client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSession, someEvents, typesIn } from '../../support/eventstoredb/session.ts';
import type { Session } from '../../support/eventstoredb/session.ts';

const STREAM = 'ns.saga-1';

describe.each([
  { transport: 'batch append', hasBatchAppend: true },
  { transport: 'unary append', hasBatchAppend: false },
])('commit decision of the EventStoreDB double, $transport', ({ hasBatchAppend }) => {
  let session: Session;
  beforeEach(async () => {
    session = await openSession({ hasBatchAppend });
  });
  afterEach(() => session.close());

  type Expected = bigint | 'any' | 'no_stream' | 'stream_exists';
  const append = (expectedRevision: Expected, events: ReturnType<typeof someEvents>, stream = STREAM) =>
    session.client.appendToStream(stream, events, { expectedRevision });
  const refusal = async (attempt: Promise<unknown>): Promise<unknown> =>
    attempt.then(
      () => undefined,
      (error: unknown) => error,
    );
  const withoutCache = async () => {
    await session.close();
    session = await openSession({ hasBatchAppend, recentIds: 0 });
  };

  it('starts a stream at revision 0 and tells the position of its end', async () => {
    const answer = await append('no_stream', someEvents('A', 'B'));
    expect(answer).toMatchObject({ success: true, nextExpectedRevision: 1n });
    const [last] = [...session.double.log.visible()].reverse();
    expect(answer.position).toEqual(last?.position);
  });

  it('writes behind exactly the expected revision', async () => {
    await append('no_stream', someEvents('A'));
    expect(await append(0n, someEvents('B', 'C'))).toMatchObject({ nextExpectedRevision: 2n });
    expect(await typesIn(session, STREAM)).toEqual(['A', 'B', 'C']);
  });

  it('answers a retry of exactly these events at exactly this place, without a position, and writes nothing', async () => {
    await withoutCache();
    const retried = someEvents('B', 'C');
    await append('no_stream', someEvents('A'));
    await append(0n, retried);
    await append(2n, someEvents('D'));
    const answer = await append(0n, retried);
    expect(answer).toMatchObject({ success: true, nextExpectedRevision: 2n });
    expect(answer.position).toBeUndefined();
    expect(await typesIn(session, STREAM)).toEqual(['A', 'B', 'C', 'D']);
  });

  it('refuses other events at a revision that is taken, and names the current one', async () => {
    await append('no_stream', someEvents('A', 'B'));
    const error = await refusal(append(0n, someEvents('X')));
    expect(error).toBeInstanceOf(WrongExpectedVersionError);
    expect(error).toMatchObject({ streamName: STREAM, expectedVersion: 0n, actualVersion: 1n });
    expect(await typesIn(session, STREAM)).toEqual(['A', 'B']);
  });

  it('refuses a retry that overlaps in part, inside the stream and over its end', async () => {
    const [b, c] = someEvents('B', 'C');
    await append('no_stream', someEvents('A'));
    await append(
      0n,
      [b, c].filter((event) => event !== undefined),
    );
    const other = someEvents('X');
    const halfEqual = [...(b ? [b] : []), ...other];
    const tooLong = [...(b ? [b] : []), ...(c ? [c] : []), ...other];
    expect(await refusal(append(0n, halfEqual))).toBeInstanceOf(WrongExpectedVersionError);
    expect(await refusal(append(0n, tooLong))).toBeInstanceOf(WrongExpectedVersionError);
    expect(await typesIn(session, STREAM)).toEqual(['A', 'B', 'C']);
  });

  it('writes the same ids again at another revision: exactly there they are new', async () => {
    const twice = someEvents('A');
    await append('no_stream', twice);
    expect(await append(0n, twice)).toMatchObject({ nextExpectedRevision: 1n });
    expect(await typesIn(session, STREAM)).toEqual(['A', 'A']);
  });

  it('knows a retry with no_stream at the start of the stream only', async () => {
    await withoutCache();
    const first = someEvents('A');
    const later = someEvents('B');
    await append('no_stream', first);
    await append(0n, later);
    expect(await append('no_stream', first)).toMatchObject({ nextExpectedRevision: 0n });
    const error = await refusal(append('no_stream', later));
    expect(error).toMatchObject({ expectedVersion: 'no_stream', actualVersion: 1n });
  });

  it('refuses a revision the stream has not reached', async () => {
    expect(await refusal(append(0n, someEvents('A')))).toMatchObject({ actualVersion: 'no_stream' });
    await append('no_stream', someEvents('A'));
    expect(await refusal(append(4n, someEvents('B')))).toMatchObject({ actualVersion: 0n });
  });

  it.each(['any', 'stream_exists'] as const)(
    'knows a retry with %s while it is in the cache',
    async (expected) => {
      const retried = someEvents('B', 'C');
      await append('no_stream', someEvents('A'));
      await append(expected, retried);
      expect(await append(expected, retried)).toMatchObject({ nextExpectedRevision: 2n });
      const [b] = retried;
      const halfKnown = [...(b ? [b] : []), ...someEvents('X')];
      expect(await refusal(append(expected, halfKnown))).toBeInstanceOf(WrongExpectedVersionError);
      expect(await typesIn(session, STREAM)).toEqual(['A', 'B', 'C']);
    },
  );

  it.each(['any', 'stream_exists'] as const)(
    'writes a retry with %s again once it is out of the cache',
    async (expected) => {
      await withoutCache();
      const retried = someEvents('B');
      await append('no_stream', someEvents('A'));
      await append(expected, retried);
      await append(expected, retried);
      expect(await typesIn(session, STREAM)).toEqual(['A', 'B', 'B']);
    },
  );

  it('refuses stream_exists where there is neither an event nor metadata', async () => {
    const error = await refusal(append('stream_exists', someEvents('A')));
    expect(error).toMatchObject({ expectedVersion: 'stream_exists', actualVersion: 'no_stream' });
    await session.client.setStreamMetadata(STREAM, { maxCount: 5 });
    expect(await append('stream_exists', someEvents('A'))).toMatchObject({ nextExpectedRevision: 0n });
  });

  it('refuses every append to a tombstoned stream', async () => {
    await append('no_stream', someEvents('A'));
    await session.client.tombstoneStream(STREAM);
    for (const expected of ['any', 'no_stream', 'stream_exists', 0n] as const) {
      expect(await refusal(append(expected, someEvents('B')))).toBeInstanceOf(StreamDeletedError);
    }
  });

  it('refuses more than the largest append and writes nothing of it', async () => {
    const half = jsonEvent({ type: 'Big', data: { text: 'x'.repeat(600_000) } });
    const rest = jsonEvent({ type: 'Big', data: { text: 'y'.repeat(600_000) } });
    const error = await refusal(session.client.appendToStream(STREAM, [half, rest]));
    expect(error).toBeInstanceOf(MaxAppendSizeExceededError);
    expect(error).toMatchObject({ maxAppendSize: 1_048_576 });
    expect(session.double.log.visible()).toEqual([]);
  });

  it('writes a batch that comes in several parts at once', async () => {
    const batch = someEvents('A', 'B', 'C');
    await session.client.appendToStream(STREAM, batch, { expectedRevision: 'no_stream', batchAppendSize: 1 });
    expect(await typesIn(session, STREAM)).toEqual(['A', 'B', 'C']);
    const commits = new Set(session.double.log.visible().map(({ position }) => position.commit));
    expect(commits.size).toBe(1);
    expect(session.double.requests.append).toBe(1);
  });
});
