// What was answered at a position is answered again as of then, byte by byte, whatever happened in between.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { freshDirectory } from '../support/fresh-directory.ts';
import { moves, play } from '../support/past-moves.ts';
import { skaldIn } from '../support/past-world.ts';
import { again, record } from '../support/past-record.ts';
import type { Recorded } from '../support/past-record.ts';

const RUNS = 2;
const EVERY = 3;

it('answers as of a position what it answered then, before and after a restart', { timeout: 180_000 }, () =>
  fc.assert(
    fc.asyncProperty(moves, async (history) => {
      const dataDir = freshDirectory();
      const recorded: Recorded[] = [];
      const first = await skaldIn(dataDir);
      try {
        recorded.push(await record(first.ask));
        for (const [number, move] of history.entries()) {
          await play(first.ask, move);
          if (number % EVERY === 0) recorded.push(await record(first.ask));
        }
        await record(first.ask);
        for (const then of recorded) expect(await again(first.ask, then)).toEqual(then.answers);
      } finally {
        await first.close();
      }
      const second = await skaldIn(dataDir);
      try {
        for (const then of recorded.toReversed()) expect(await again(second.ask, then)).toEqual(then.answers);
      } finally {
        await second.close();
      }
    }),
    // Each run takes seconds: the seed is enough to look into one.
    { numRuns: RUNS, endOnFailure: true },
  ),
);
