import { describe, expect, it } from 'vitest';
import { embeddedEventStore } from '../../../src/infra/event-store/embedded/embedded.ts';
import { LOOKS_AT } from '../../../src/infra/event-store/embedded/selects.ts';
import { eventsBetween } from '../../../src/infra/event-store/embedded/position.ts';
import { NO_STREAM } from '../../../src/infra/event-store/port.ts';
import { systemClock } from '../../../src/infra/clock/system.ts';
import { memoryLeases } from '../../../src/infra/leases/memory.ts';
import { bridgeLag } from '../../../src/infra/messaging/out/bridge-lag.ts';
import { dutySource } from '../../../src/infra/telemetry/standing-metrics.ts';
import { countStanding } from '../../../src/queries/standing.ts';
import { anEvent, appended, metadata, streamName } from '../../support/events.ts';
import { freshDirectory } from '../../support/fresh-directory.ts';
import * as letter from '../../support/letters.ts';
import { flowAt, logOf, queriesOver } from '../../support/read-models.ts';
import type { Written } from '../../support/read-models.ts';
import * as replay from '../../support/replays.ts';
import { sequential, step } from '../../support/saga-builders.ts';
import * as event from '../../support/saga-events.ts';

const started = event.started(sequential([step('a')]));
const run = (number: number, ...events: readonly (typeof started)[]): Written[] =>
  events.map((each) => [`saga-${flowAt(number)}`, each]);
const letters = (number: number, ...events: readonly ReturnType<typeof letter.parked>[]): Written[] =>
  events.map((each) => [`deadletter-${letter.letterAt(number)}`, each]);

describe('what is not done yet', () => {
  it('is counted, and what has ended is not', async () => {
    const { readStore } = await queriesOver(
      logOf(
        ...run(0, event.started(null), event.awaitingDefinition),
        ...run(1, started, event.workerMissing('a')),
        ...run(2, started, event.dispatched('a')),
        ...run(3, started, event.dispatched('a'), event.succeeded('a'), event.completed),
        ...run(4, started, event.workerMissing('a'), event.paused()),
        ...letters(1, letter.parked()),
        ...letters(2, letter.parked()),
        [`deadletter-${letter.letterAt(2)}`, letter.discarded],
        ...[replay.created(), replay.started()].map((told): Written => [`replay-${flowAt(1)}`, told]),
        ...[replay.created(), replay.cancelled].map((told): Written => [`replay-${flowAt(2)}`, told]),
      ),
    );
    const { runs, waiting, letters: open, replays } = await countStanding(readStore)();
    expect(replays).toEqual({ CREATED: 0, RUNNING: 1, PAUSED: 0 });
    expect(runs).toEqual({ WAITING: 2, IN_PROGRESS: 1, PAUSED: 1, UNDOING: 0, UNDO_FAILED: 0 });
    expect(waiting).toMatchObject({
      'definition-missing': 1,
      'worker-missing': 1,
      'with-worker': 1,
      paused: 1,
    });
    expect(Object.values(waiting).reduce((sum, count) => sum + count, 0)).toBe(4);
    expect(open).toEqual({ parked: 1, selected: 0, redriving: 0 });
  });

  it('is nothing in a log without events', async () => {
    const { readStore } = await queriesOver();
    const { runs, waiting, letters: open, replays } = await countStanding(readStore)();
    for (const counts of [runs, waiting, open, replays])
      expect(new Set(Object.values(counts))).toEqual(new Set([0]));
  });
});

const AT_ONCE = 1000;

describe('how far the bridge is behind', () => {
  const world = async () => {
    const store = await embeddedEventStore({ dataDir: freshDirectory() });
    const write = async (category: string) => {
      const result = await store.append(streamName(category), NO_STREAM, [anEvent()], metadata());
      return appended(result).events[0]?.position ?? '';
    };
    /** At least so many events; the position of the last one. */
    const writeMany = async (category: string, count: number) => {
      let last = '';
      for (let written = 0; written < count; written += AT_ONCE) {
        const events = Array.from({ length: AT_ONCE }, () => anEvent());
        const result = await store.append(streamName(category), NO_STREAM, events, metadata());
        last = appended(result).events.at(-1)?.position ?? '';
      }
      return last;
    };
    const clock = systemClock();
    const { checkpoints } = store;
    return {
      store,
      write,
      writeMany,
      checkpoints,
      lag: () => bridgeLag({ store, checkpoints, eventsBetween, clock }),
    };
  };

  it('is what was not published of what has to be', async () => {
    const { store, write, checkpoints, lag } = await world();
    expect(await lag()).toEqual({ events: 0, seconds: 0 });
    const first = await write('saga');
    await write('witness');
    const last = await write('saga');
    const behind = await lag();
    expect(behind.events).toBe(3);
    expect(behind.seconds).toBeGreaterThanOrEqual(0);
    await checkpoints.save('bridge', first);
    expect((await lag()).events).toBe(2);
    await checkpoints.save('bridge', last);
    expect(await lag()).toEqual({ events: 0, seconds: 0 });
    await store.close();
  });

  it('is found behind more than one look takes in of what is never published', async () => {
    const { store, write, writeMany, checkpoints, lag } = await world();
    // So many that they are not found by their streams.
    await checkpoints.save('bridge', await writeMany('saga', 21_000));
    await writeMany('setting', LOOKS_AT);
    await write('saga');
    expect((await lag()).events).toBeGreaterThan(LOOKS_AT);
    await store.close();
  });

  it('does not count what is never published', async () => {
    const { store, write, lag } = await world();
    await write('witness');
    expect(await lag()).toEqual({ events: 0, seconds: 0 });
    await store.close();
  });
});

describe('duties', () => {
  it('are those that this process holds, one of many without its id', async () => {
    const leases = memoryLeases(systemClock());
    await leases.acquire('retention', 'me', 10_000);
    await leases.acquire('bridge', 'another', 10_000);
    await leases.acquire(`replay-${flowAt(1)}`, 'me', 10_000);
    await leases.acquire(`replay-${flowAt(2)}`, 'me', 10_000);
    const samples = await dutySource(leases, 'me').read();
    expect(samples.map(({ labels }) => labels?.['duty'])).toEqual(['retention', 'replay']);
  });
});
