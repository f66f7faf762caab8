import { describe, expect, it } from 'vitest';
import { createMoments } from '../../../src/queries/as-of/moments.ts';
import { START } from '../../../src/infra/event-store/port.ts';
import type { StoredEvent } from '../../../src/infra/event-store/port.ts';
import { memoryReadStore } from '../../support/memory-read-store.ts';
import { flowAt, logOf, logPosition, logReaderOf, project, timeAt } from '../../support/read-models.ts';
import * as instance from '../../support/instances.ts';
import * as event from '../../support/saga-events.ts';

const events = logOf(
  ...[0, 1, 2, 3, 4, 5].map((run) => [`saga-${flowAt(run)}`, event.started(null)] as const),
);
const LAST = events.length - 1;
const NEVER = new AbortController().signal;

type Options = {
  readonly nowMs?: number;
  readonly isProjected?: boolean;
  readonly log?: readonly StoredEvent[];
};

const world = async ({
  nowMs = Date.parse(timeAt(LAST)) + 3_600_000,
  isProjected = true,
  log = events,
}: Options = {}) => {
  const readStore = memoryReadStore();
  await project(readStore, isProjected ? log : []);
  const looked: string[] = [];
  const reader = logReaderOf(log);
  const momentOf = createMoments({
    log: {
      ...reader,
      readAll: (options) => {
        looked.push(options.after);
        return reader.readAll({ ...options, max: 2 });
      },
      lastPosition: () => Promise.resolve(log.at(-1)?.position ?? START),
    },
    readStore,
    now: () => nowMs,
  });
  const at = (time: string, signal = NEVER) => momentOf({ kind: 'time', time }, signal);
  return { momentOf, at, looked };
};

const justBefore = (time: string): string => new Date(Date.parse(time) - 1).toISOString();

describe('a time', () => {
  it('stands for the last event recorded by then', async () => {
    const { at } = await world();
    for (const number of [0, 1, 3, LAST]) {
      expect(await at(timeAt(number))).toMatchObject({ position: logPosition(number), isExact: true });
    }
    expect(await at(justBefore(timeAt(3)))).toMatchObject({
      position: logPosition(2),
      recordedAt: timeAt(2),
    });
  });

  it('before the first event stands for the start', async () => {
    const { at } = await world();
    expect(await at('1999-01-01T00:00:00.000Z')).toMatchObject({
      position: START,
      recordedAt: null,
      isExact: true,
    });
  });

  it('takes all events of one millisecond together', async () => {
    const same = events.map((each) => ({ ...each, metadata: { ...each.metadata, recordedAt: timeAt(0) } }));
    const { at } = await world({ log: same });
    expect(await at(timeAt(0))).toMatchObject({ position: logPosition(LAST) });
    expect(await at(justBefore(timeAt(0)))).toMatchObject({ position: START });
  });

  it('is not exact while more of it may still be recorded, and is ahead when it has not come', async () => {
    const nowMs = Date.parse(timeAt(LAST)) + 10_000;
    const { at } = await world({ nowMs });
    expect(await at(new Date(nowMs).toISOString())).toMatchObject({
      position: logPosition(LAST),
      isExact: false,
    });
    expect(await at(timeAt(LAST))).toMatchObject({ isExact: false });
    expect(await at(timeAt(LAST - 1))).toMatchObject({ isExact: true });
    expect(await at(new Date(nowMs + 1).toISOString())).toBe('ahead');
  });

  it('counts as come where an event has it, whatever the clock here says', async () => {
    const { at } = await world({ nowMs: Date.parse(timeAt(2)) });
    expect(await at(timeAt(3))).toMatchObject({ position: logPosition(3), isExact: true });
    expect(await at(timeAt(LAST))).toMatchObject({ position: logPosition(LAST), isExact: false });
    expect(await at(timeAt(LAST + 1))).toBe('ahead');
  });

  it('is found from the last run begun by then, without reading the log from its start', async () => {
    const { at, looked } = await world();
    await at(timeAt(4));
    expect(looked).toEqual([logPosition(4)]);
  });

  it('is found from the instance that was last changed by then, where there are no runs', async () => {
    const received = [1, 2, 3, 4].flatMap((id) => [
      [`instance-${id}`, instance.received()] as const,
      [`instance-${id}`, instance.registered] as const,
    ]);
    const { at, looked } = await world({ log: logOf(...received) });
    expect(await at(timeAt(5))).toMatchObject({ position: logPosition(5) });
    expect(await at(timeAt(4))).toMatchObject({ position: logPosition(4) });
    expect(looked).toEqual([logPosition(5), logPosition(3)]);
  });

  it('is found from the start of the log where no run is known, and at once the second time', async () => {
    const { at, looked } = await world({ isProjected: false });
    expect(await at(timeAt(4))).toMatchObject({ position: logPosition(4) });
    const first = looked.length;
    expect(first).toBeGreaterThan(1);
    expect(await at(timeAt(4))).toMatchObject({ position: logPosition(4) });
    expect(looked).toHaveLength(first);
  });

  it('is searched on from where a search was cut off', async () => {
    const { at, looked } = await world({ isProjected: false });
    const aborted = AbortSignal.abort();
    expect(await at(timeAt(4), aborted)).toBe('searching');
    expect(await at(timeAt(4), aborted)).toBe('searching');
    expect(await at(timeAt(4), aborted)).toMatchObject({ position: logPosition(4) });
    expect(looked).toEqual([START, logPosition(1), logPosition(3)]);
  });

  it('is found while the read models are still being made', async () => {
    const { at } = await world({ isProjected: true, log: events.slice(0, 3) });
    expect(await at(timeAt(1))).toMatchObject({ position: logPosition(1) });
  });
});

describe('a position', () => {
  it('stands for itself up to the end of the log', async () => {
    const { momentOf } = await world();
    const at = (position: string) => momentOf({ kind: 'position', position }, NEVER);
    expect(await at(logPosition(2))).toEqual({
      ...{ position: logPosition(2), time: null, recordedAt: null, isExact: true },
    });
    expect(await at(START)).toMatchObject({ position: START });
    expect(await at(logPosition(LAST))).toMatchObject({ isExact: true });
    expect(await at(logPosition(LAST + 1))).toBe('ahead');
  });
});
