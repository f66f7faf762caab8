import { describe, expect, it } from 'vitest';
import { appendUntilKnown, notWritten } from '../../src/commands/append.ts';
import type { AppendResult } from '../../src/infra/event-store/port.ts';
import { manualClock } from '../support/manual-clock.ts';

const unknown: AppendResult = { kind: 'ambiguous', cause: 'no answer' };
const closed = { kind: 'refused', code: 'closed', detail: 'the event store is closed' } as const;
const full = { kind: 'refused', code: 'storage_full', detail: 'no room' } as const;

/** What comes of a log that answers like this, one attempt after the other; at last always the same. */
const outcomeOf = async (...answers: readonly AppendResult[]) => {
  const clock = manualClock();
  let attempts = 0;
  const appending = appendUntilKnown({ clock, appendDeadlineMs: 500 }, () => {
    attempts += 1;
    return Promise.resolve(answers[attempts - 1] ?? answers.at(-1) ?? closed);
  });
  const turn = (): Promise<unknown> => new Promise((resolve) => setImmediate(resolve));
  await turn();
  await clock.advance(10_000, turn);
  return { result: await appending, attempts };
};

describe('an append of unknown outcome', () => {
  it('stays unknown where the log has closed before it could be settled', async () => {
    const { result } = await outcomeOf(unknown, closed);
    // Whoever is told that nothing was written would send it under another key.
    expect(result.kind === 'ambiguous' && notWritten(result)).toMatchObject({ code: 'outcome_unknown' });
  });

  it('is settled by the log when it answers', async () => {
    expect(await outcomeOf(unknown, { kind: 'ok', events: [] })).toMatchObject({
      ...{ result: { kind: 'ok' }, attempts: 2 },
    });
    expect(await outcomeOf(unknown, { kind: 'conflict' })).toMatchObject({ result: { kind: 'conflict' } });
    // It looks for what was written before it looks for room.
    expect(await outcomeOf(unknown, full)).toMatchObject({ result: full });
  });

  it('is tried again until its time is over', async () => {
    expect(await outcomeOf(unknown)).toEqual({ result: unknown, attempts: 10 });
  });

  it('waits for no retry beyond its time, and is not troubled by what becomes of it', async () => {
    const clock = manualClock();
    const silent = Promise.withResolvers<AppendResult>();
    const begun = clock.now();
    let endedAfter = -1;
    let attempts = 0;
    const appending = appendUntilKnown({ clock, appendDeadlineMs: 5000 }, () => {
      attempts += 1;
      // No connection at first; then there is a server, which takes what comes and does not answer.
      return clock.now() - begun < 4900 ? Promise.resolve(unknown) : silent.promise;
    });
    void appending.then(() => (endedAfter = clock.now() - begun));
    const turn = (): Promise<unknown> => new Promise((resolve) => setImmediate(resolve));
    await turn();
    await clock.advance(20_000, turn);
    expect(endedAfter).toBe(5000);
    expect(await appending).toBe(unknown);
    const before = attempts;
    silent.reject(new Error('closed'));
    await turn();
    await clock.advance(20_000, turn);
    expect(attempts).toBe(before);
    expect(clock.waiting()).toBe(0);
  });
});

it('an append that a closed log never took was not written', async () => {
  const { result, attempts } = await outcomeOf(closed);
  expect(attempts).toBe(1);
  expect(result.kind === 'refused' && notWritten(result)).toMatchObject({ code: 'shutting_down' });
});

it('an append that is refused as damaged is no answer, but what reading the stream throws', () => {
  const refused = { kind: 'refused', code: 'integrity', detail: 'saga-1 has another hash' } as const;
  expect(() => notWritten(refused)).toThrow(
    expect.objectContaining({ name: 'LogDamaged', message: refused.detail }),
  );
});
