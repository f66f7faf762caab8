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
    expect(await outcomeOf(unknown)).toEqual({ result: unknown, attempts: 11 });
  });
});

it('an append that a closed log never took was not written', async () => {
  const { result, attempts } = await outcomeOf(closed);
  expect(attempts).toBe(1);
  expect(result.kind === 'refused' && notWritten(result)).toMatchObject({ code: 'shutting_down' });
});
