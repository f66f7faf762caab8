// F-X-06 with thousands: a redrive that is asked for twice at once, and whose process is replaced midway.
import { expect, it, vi } from 'vitest';
import type { HandleRecord } from '../../src/commands/dead-letter/record-outcome.ts';
import { START } from '../../src/infra/event-store/port.ts';
import type { EventStore, StoredEvent } from '../../src/infra/event-store/port.ts';
import { context, letterWorld, recordOf } from '../support/letter-world.ts';

const LETTERS = 3000;
const PER_SECOND = 1000;
const PARKED_AT_ONCE = 100;
const WITHIN = { timeout: 60_000, interval: 20 };
const POISON = { kind: 'poison', code: 'still_wrong', detail: 'as before' } as const;

/** One in seven is poison still. */
const isPoison = (offset: string): boolean => Number(offset) % 7 === 0;

const world = async () => {
  const made = await letterWorld();
  const letterIds: string[] = [];
  while (letterIds.length < LETTERS) {
    const offsets = Array.from({ length: PARKED_AT_ONCE }, (_, index) => letterIds.length + index);
    const some = offsets.map((offset) => made.parked(recordOf(offset, { key: null })));
    letterIds.push(...(await Promise.all(some)));
  }
  const taken: string[] = [];
  const handle: HandleRecord = ({ offset }) => {
    taken.push(offset);
    return Promise.resolve(isPoison(offset) ? POISON : { kind: 'done', position: null });
  };
  return { ...made, letterIds, taken, handle };
};

const eventsByLetter = async ({ readAll }: Pick<EventStore, 'readAll'>) => {
  const events: StoredEvent[] = [];
  for (let after = START, isEnd = false; !isEnd;) {
    const slice = await readAll({ after, categories: ['deadletter'], max: 4096 });
    events.push(...slice.events);
    ({ position: after, isEnd } = slice);
  }
  return Map.groupBy(events, ({ stream }) => stream);
};

const typesOf = (events: readonly StoredEvent[]): string => events.map(({ type }) => type).join();
const ONCE = ['LetterParked', 'LetterSelected', 'LetterRedriveStarted'];
const ENDED = [[...ONCE, 'LetterResolved'].join(), [...ONCE, 'LetterParkedAgain'].join()];

it('gives each of three thousand letters one outcome, at its pace', { timeout: 120_000 }, async () => {
  const { commands, redriver, letterIds, taken, handle, store } = await world();
  const how = { perSecond: PER_SECOND };
  const clicks = await Promise.all([
    commands.redriveLetters(letterIds, how, context),
    commands.redriveLetters(letterIds, how, context),
  ]);
  const counts = clicks.map((click) => {
    if (click.kind !== 'done') throw new Error(click.code);
    return { selected: click.value.selected, skipped: click.value.skipped['already_selected'] ?? 0 };
  });
  expect(counts.map(({ selected, skipped }) => selected + skipped)).toEqual([LETTERS, LETTERS]);
  expect(counts.reduce((sum, { selected }) => sum + selected, 0)).toBe(LETTERS);

  const first = redriver(handle);
  await vi.waitFor(() => {
    expect(taken.length).toBeGreaterThan(LETTERS / 3);
  }, WITHIN);
  await first.stop();
  const midway = taken.length;
  expect(midway).toBeLessThan(LETTERS);

  const begunAt = performance.now();
  const second = redriver(handle);
  await vi.waitFor(() => {
    const { ready, running } = second.status();
    expect([taken.length >= LETTERS, ready, running]).toEqual([true, 0, 0]);
  }, WITHIN);
  const tookMs = performance.now() - begunAt;
  expect([first.troubles, second.troubles]).toEqual([[], []]);
  expect(new Set(taken).size).toBe(LETTERS);
  expect(taken).toHaveLength(LETTERS);
  // Never faster; two redrives, where both clicks got letters, each have a pace of their own.
  const redrives = counts.filter(({ selected }) => selected > 0).length;
  expect(tookMs).toBeGreaterThan((1000 * (LETTERS - midway - redrives)) / (redrives * PER_SECOND) - 100);

  const letters = await eventsByLetter(store);
  expect(letters.size).toBe(LETTERS);
  expect([...letters.values()].map(typesOf).filter((types) => !ENDED.includes(types))).toEqual([]);
  const again = [...letters.values()].filter((events) => events.at(-1)?.type === 'LetterParkedAgain');
  expect(again).toHaveLength(Math.ceil(LETTERS / 7));
});
