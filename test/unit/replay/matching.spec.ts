import { describe, expect, it } from 'vitest';
import { replayFilterInput } from '../../../src/commands/replay/inputs.ts';
import { matching } from '../../../src/commands/replay/matching.ts';
import { START } from '../../../src/infra/event-store/port.ts';
import type { EventStore, Position, StoredEvent } from '../../../src/infra/event-store/port.ts';
import { replayWorld } from '../../support/replay-world.ts';

const FLOW = '0191e1f0-0000-7000-8000-000000000001';
const settled = () => Promise.resolve();

/** Twelve events, a second apart: two streams of runs, one of instances. */
const world = async () => {
  const made = replayWorld();
  for (let number = 0; number < 4; number += 1)
    for (const [stream, type] of [
      [`saga-${FLOW}`, 'StepSucceeded'],
      ['saga-b', 'StepFailed'],
      ['instance-7', 'InstanceReceived'],
    ] as const) {
      await made.write(stream, type, `c-${String(number)}`);
      await made.clock.advance(1000, settled);
    }
  const upTo = await made.store.lastPosition();
  const found = async (filter: object, range: { after?: Position; upTo?: Position } = {}) => {
    const events = [];
    for await (const page of matching(made.store, replayFilterInput.parse(filter), {
      after: START,
      upTo,
      ...range,
    }))
      events.push(...page.events);
    return events;
  };
  const { events: all } = await made.store.readAll({ after: START, max: 100 });
  return { found, all };
};

describe('the filter of a replay', () => {
  it.each([
    ['nothing', {}, 12],
    ['types', { types: ['StepFailed', 'InstanceReceived'] }, 8],
    ['types left out', { excludeTypes: ['StepFailed'] }, 8],
    ['types, some of them left out', { types: ['StepFailed'], excludeTypes: ['StepFailed'] }, 0],
    ['categories', { categories: ['instance'] }, 4],
    ['a stream', { stream: 'saga-b' }, 4],
    ['a run', { flowId: FLOW }, 4],
    ['a run and another stream', { flowId: FLOW, stream: 'saga-b' }, 0],
    ['a stream and another category', { stream: 'saga-b', categories: ['instance'] }, 0],
    ['a correlation', { correlationId: 'c-2' }, 3],
    ['all of them', { flowId: FLOW, correlationId: 'c-2', types: ['StepSucceeded'] }, 1],
    ['an unknown stream', { stream: 'saga-x' }, 0],
  ])('lets through what has %s', async (_name, filter, count) => {
    const { found, all } = await world();
    const events = await found(filter);
    expect(events).toHaveLength(count);
    expect(events).toEqual(all.filter(({ eventId }) => events.some((event) => event.eventId === eventId)));
  });

  it('takes the first time in and leaves the second one out', async () => {
    const { found, all } = await world();
    const [from, to] = [all[2]?.metadata.recordedAt, all[5]?.metadata.recordedAt];
    expect(await found({ from, to })).toEqual(all.slice(2, 5));
    expect(await found({ from, to, stream: 'saga-b' })).toEqual([all[4]]);
  });

  it('begins behind one position and ends with another, in the log and in a stream', async () => {
    const { found, all } = await world();
    const range = { after: all[1]?.position ?? '', upTo: all[7]?.position ?? '' };
    expect(await found({}, range)).toEqual(all.slice(2, 8));
    expect(await found({ stream: 'saga-b' }, range)).toEqual([all[4], all[7]]);
  });

  it('finds what was recorded in time behind what was recorded later: clocks of leaders differ', async () => {
    const { all } = await world();
    const [late, early] = [at(all[0], '2026-05-01T12:00:09.000Z'), at(all[1], '2026-05-01T12:00:00.000Z')];
    const readAll: EventStore['readAll'] = ({ after }) => {
      const [event, isEnd] = after === START ? ([late, false] as const) : ([early, true] as const);
      return Promise.resolve({ events: [event], position: event.position, isEnd });
    };
    const log = { readAll, readStream: () => Promise.reject(new Error('not asked')) };
    const filter = replayFilterInput.parse({ to: '2026-05-01T12:00:05Z' });
    const found = [];
    for await (const { events } of matching(log, filter, { after: START, upTo: early.position }))
      found.push(...events);
    expect(found).toEqual([early]);
  });
});

const at = (event: StoredEvent | undefined, recordedAt: string): StoredEvent => {
  if (event === undefined) throw new Error('there is no such event');
  return { ...event, metadata: { ...event.metadata, recordedAt } };
};
