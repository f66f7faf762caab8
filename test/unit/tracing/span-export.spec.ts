import { describe, expect, it } from 'vitest';
import type { Span } from '../../../src/infra/tracing/port.ts';
import { spanExport } from '../../../src/infra/tracing/span-export.ts';
import type { Sent } from '../../../src/infra/tracing/span-export.ts';
import { manualClock } from '../../support/manual-clock.ts';

const TAKEN: Sent = { kind: 'exported', why: '' };
const AGAIN: Sent = { kind: 'again', why: 'nobody is there' };
const REFUSED: Sent = { kind: 'refused', why: 'the collector answered 400' };
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const spanNamed = (name: string): Span => ({
  ...{ name, kind: 'internal', startMs: 0, endMs: 1, attributes: {} },
  context: { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) },
});

const world = (mostWaiting = 10) => {
  const clock = manualClock();
  const lots: (readonly string[])[] = [];
  const said: string[] = [];
  const answers: Promise<Sent>[] = [];
  const exporting = spanExport({
    ...{ clock, mostWaiting },
    send: (spans) => {
      lots.push(spans.map(({ name }) => name));
      return answers.shift() ?? Promise.resolve(TAKEN);
    },
    onTrouble: (why) => void said.push(why),
    onWell: () => void said.push('well'),
  });
  const take = (...names: readonly string[]): void => {
    for (const name of names) exporting.take(spanNamed(name));
  };
  const answer = (...given: readonly Sent[]) =>
    void answers.push(...given.map((one) => Promise.resolve(one)));
  const pass = (ms: number) => clock.advance(ms, settled);
  return { ...exporting, take, answer, answers, pass, lots, said, clock };
};

describe('spans on their way out', () => {
  it('are sent together a second after the first, or as soon as they are many', async () => {
    const { take, pass, lots, counts, clock } = world(3);
    take('a', 'b');
    await pass(999);
    expect(lots).toEqual([]);
    await pass(1);
    expect(lots).toEqual([['a', 'b']]);
    take('c', 'd', 'e');
    expect(lots.at(-1)).toEqual(['c', 'd', 'e']);
    await settled();
    expect(counts()).toEqual({ exported: 5, refused: 0, dropped: 0 });
    expect(clock.waiting()).toBe(0);
  });

  it('wait while nobody takes them, up to so many, with growing pauses; it is said once', async () => {
    const { take, answer, pass, lots, counts, said } = world(3);
    answer(AGAIN, AGAIN, AGAIN);
    take('a', 'b', 'c', 'd');
    await settled();
    take('e');
    for (const ms of [2000, 4000]) {
      const before = lots.length;
      await pass(ms - 1);
      expect(lots).toHaveLength(before);
      await pass(1);
      expect(lots).toHaveLength(before + 1);
    }
    expect(said).toEqual(['more spans than are sent: some are dropped', 'nobody is there']);
    expect(counts()).toEqual({ exported: 0, refused: 0, dropped: 2 });
    await pass(8000);
    expect(lots.every((lot) => lot.join('') === 'abc')).toBe(true);
    expect(counts()).toEqual({ exported: 3, refused: 0, dropped: 2 });
    expect(said.at(-1)).toBe('well');
  });

  it.each([
    [5000, 5000],
    // Sooner than it would be otherwise, but not at once; and not in a year.
    [1500, 1500],
    [10, 1000],
    [31_536_000_000, 300_000],
  ])('wait as long as they are asked to: %d', async (askedMs, ms) => {
    const { take, answer, pass, lots, counts } = world(2);
    answer(AGAIN, { ...AGAIN, askedMs }, AGAIN);
    take('a', 'b');
    await settled();
    await pass(2000);
    expect(lots).toHaveLength(2);
    take('c');
    await pass(ms - 1);
    expect(lots).toHaveLength(2);
    await pass(1);
    expect(lots).toHaveLength(3);
    // What was asked for is for once.
    await pass(7999);
    expect(lots).toHaveLength(3);
    await pass(1);
    expect(counts()).toEqual({ exported: 2, refused: 0, dropped: 1 });
  });

  it('are not sent again where they were refused', async () => {
    const { take, answer, pass, lots, counts } = world();
    answer(REFUSED);
    take('a');
    await pass(1000);
    take('b');
    await pass(2000);
    expect(lots).toEqual([['a'], ['b']]);
    expect(counts()).toEqual({ exported: 1, refused: 1, dropped: 0 });
  });

  it('that nobody could make count as dropped, and are not said to be too many', async () => {
    const { take, untold, answer, counts, said } = world(1);
    answer(AGAIN);
    untold();
    expect([counts().dropped, said]).toEqual([1, []]);
    take('a', 'b');
    await settled();
    expect([counts().dropped, said[0]]).toEqual([2, 'more spans than are sent: some are dropped']);
  });

  it('that a collector takes only some of count so, and it is said each time that they are twice as many', async () => {
    const { take, answer, pass, counts, said } = world();
    answer(...[1, 1, 1, 2].map((rejected) => ({ ...TAKEN, why: `${rejected} rejected`, rejected })));
    for (const name of ['a', 'b', 'c', 'd']) {
      take(name, name);
      await pass(1000);
    }
    expect(counts()).toEqual({ exported: 3, refused: 5, dropped: 0 });
    expect(said).toEqual(['1 rejected', '1 rejected', '2 rejected']);
  });

  it('that cannot even be sent are dropped like refused ones, and those behind them go on', async () => {
    const { take, answers, pass, lots, counts, said } = world();
    answers.push(Promise.reject(new TypeError('secret')));
    take('a');
    await pass(1000);
    take('b');
    await pass(2000);
    expect(lots).toEqual([['a'], ['b']]);
    expect(counts()).toEqual({ exported: 1, refused: 1, dropped: 0 });
    expect(said).toEqual(['TypeError', 'well']);
  });

  it('are sent once more at the end; what comes later is dropped', async () => {
    const { take, close, lots, counts, clock } = world();
    take('a');
    await close();
    expect(counts()).toEqual({ exported: 1, refused: 0, dropped: 0 });
    take('b');
    expect(lots).toEqual([['a']]);
    expect(counts()).toEqual({ exported: 1, refused: 0, dropped: 1 });
    expect(clock.waiting()).toBe(0);
  });

  it('are given up at the end after three seconds', async () => {
    const { take, close, answers, pass, counts } = world();
    answers.push(new Promise<Sent>(() => undefined));
    take('a', 'b');
    const closed = close();
    await settled();
    await pass(3000);
    await closed;
    expect(counts()).toEqual({ exported: 0, refused: 0, dropped: 2 });
  });
});
