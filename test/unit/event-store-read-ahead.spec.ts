import { expect, it } from 'vitest';
import { emptyPage } from '../../src/infra/event-store/embedded/page.ts';
import type { ReadReply, ReadRequest } from '../../src/infra/event-store/embedded/protocol.ts';
import { readAhead } from '../../src/infra/event-store/embedded/read-ahead.ts';

const MAX = 10;

/** A log of so many events, and what was read of it. */
const logOf = (start: number) => {
  const read: ReadRequest[] = [];
  let end = start;
  const { answer, ahead } = readAhead((request): ReadReply => {
    read.push(request);
    if (request.kind !== 'all') return { kind: 'last', position: end };
    const position = Math.min(end, request.after + request.max);
    const events = { page: emptyPage(), streams: new Map(), types: new Map() };
    return { kind: 'all', events, position, isEnd: position >= end };
  });
  return {
    read,
    ahead,
    grow: () => {
      end += 1;
    },
    all: (after: number, categories?: readonly string[]) =>
      answer({ kind: 'all', after, max: MAX, ...(categories === undefined ? {} : { categories }) }),
    last: () => answer({ kind: 'last' }),
  };
};

it('reads the next slice for whoever goes through the log, and gives it once', () => {
  const log = logOf(100);
  log.all(0);
  log.ahead();
  expect(log.read).toHaveLength(1);
  log.all(10);
  log.ahead();
  expect(log.read).toHaveLength(3);
  log.last();
  expect(log.all(20)).toMatchObject({ position: 30 });
  expect(log.read).toHaveLength(4);
  log.all(20);
  expect(log.read).toHaveLength(5);
});

it('does not mistake another filter for what it has read', () => {
  const log = logOf(100);
  log.all(0);
  log.all(10);
  log.ahead();
  log.all(20, ['saga']);
  expect(log.read.at(-1)).toMatchObject({ after: 20, categories: ['saga'] });
});

it('never answers with an end of the log that is out of date', () => {
  const log = logOf(25);
  log.all(0);
  log.all(10);
  log.ahead();
  log.grow();
  expect(log.all(20)).toMatchObject({ position: 26, isEnd: true });
});
