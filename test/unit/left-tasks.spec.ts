import { setImmediate as settled } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createEngine } from '../../src/commands/engine/engine.ts';
import { createUnservedSteps } from '../../src/commands/engine/unserved-steps.ts';
import { orchestrationStream } from '../../src/domain/orchestration/aggregate.ts';
import { evolve, initialState } from '../../src/domain/orchestration/state.ts';
import type { OrchestrationEvent } from '../../src/domain/orchestration/events.ts';
import { memoryTaskQueue } from '../../src/infra/task-queue/memory.ts';
import { metadata } from '../support/events.ts';
import { manualClock } from '../support/manual-clock.ts';
import { openRunsWorld } from '../support/open-runs-world.ts';
import { defined, registerWorkers, workersRegistered } from '../support/registrations.ts';

const GRACE_MS = 60_000;
// How often the engine looks.
const LATE_MS = 10_000;
const STREAM = orchestrationStream('tenant');
type World = Awaited<ReturnType<typeof openRunsWorld>>;

const typesOf = async ({ store }: World): Promise<ReadonlyMap<string, number>> => {
  const counts = new Map<string, number>();
  const { events } = await store.readAll({ after: '', categories: ['saga'], max: 100_000 });
  for (const { type } of events) counts.set(type, (counts.get(type) ?? 0) + 1);
  return counts;
};

/** So many runs, each with its task on offer, and nobody any more who could take one; `change` is given what the engine gets. */
const deserted = async (
  runs: number,
  change: (world: World) => World = (world) => world,
  stop = new AbortController(),
) => {
  const world = await openRunsWorld(runs, () => memoryTaskQueue());
  const troubles: unknown[] = [];
  const engine = createEngine({
    ...change(world),
    onTrouble: (flowId, error) => troubles.push(flowId ?? error),
  });
  const running = engine.run(stop.signal);
  await engine.ready;
  await world.orchestrations.execute(STREAM, registerWorkers('a-service', 'elsewhere'), metadata());
  await settled();
  const pass = (ms: number) => world.clock.advance(ms, settled);
  const end = async (): Promise<void> => {
    stop.abort();
    await settled();
    await running;
  };
  return { world, troubles, pass, end, counts: () => typesOf(world), left: () => world.queue.counts() };
};

describe('tasks that nobody is left to take', () => {
  it('are all taken back, however many there are', async () => {
    const { pass, counts, left, end } = await deserted(1100);
    await pass(GRACE_MS - 1000);
    expect((await counts()).get('StepTakenBack')).toBeUndefined();
    await pass(LATE_MS);
    await expect.poll(async () => (await counts()).get('StepWaiting')).toBe(1100);
    expect((await counts()).get('StepTakenBack')).toBe(1100);
    expect(await left()).toEqual({ offered: 0, claimed: 0 });
    await end();
  });

  it('are left the whole grace again to who came and went before anybody looked', async () => {
    const { world, pass, counts, end } = await deserted(2);
    await pass(GRACE_MS - 1000);
    // Both are in the log before the engine is given either.
    for (const step of ['a', 'elsewhere'])
      await world.orchestrations.execute(STREAM, registerWorkers('a-service', step), metadata());
    await settled();
    await pass(GRACE_MS - 1000);
    expect((await counts()).get('StepTakenBack')).toBeUndefined();
    await pass(1000 + LATE_MS);
    expect((await counts()).get('StepTakenBack')).toBe(2);
    await end();
  });

  it('are left to who comes before they are', async () => {
    const { world, pass, counts, left, end } = await deserted(3);
    await pass(GRACE_MS - 1000);
    await world.orchestrations.execute(STREAM, registerWorkers('b-service', 'a'), metadata());
    await pass(10 * GRACE_MS);
    expect([...(await counts()).keys()]).toEqual(['SagaStarted', 'StepDispatched']);
    expect(await left()).toEqual({ offered: 3, claimed: 0 });
    await end();
  });

  it('are taken back beside as many as are looked at in one go whose runs cannot be read', async () => {
    const damaged = new Set<string>();
    const { world, troubles, pass, counts, left, end } = await deserted(700, (world) => ({
      ...world,
      sagas: {
        ...world.sagas,
        load: (stream) => {
          if (damaged.has(stream)) throw new Error('damaged');
          return world.sagas.load(stream);
        },
      },
      queue: {
        ...world.queue,
        claim: async (request) => {
          const claimed = await world.queue.claim(request);
          if (damaged.size === 0) for (const { task } of claimed) damaged.add(`saga-${task.flowId}`);
          return claimed;
        },
      },
    }));
    await pass(GRACE_MS + LATE_MS);
    expect(damaged.size).toBe(500);
    expect((await counts()).get('StepTakenBack')).toBe(200);
    expect(new Set(troubles)).toEqual(new Set([...damaged].map((stream) => stream.slice('saga-'.length))));
    expect(await left()).toEqual({ offered: 0, claimed: 500 });

    damaged.clear();
    await pass(world.settings.leaseMs + LATE_MS);
    await expect.poll(async () => (await counts()).get('StepTakenBack')).toBe(700);
    expect((await counts()).get('StepLapsed')).toBeUndefined();
    await end();
  });

  it('are on offer to who comes within a lease of when their runs can be read again, with no retry used up', async () => {
    let isDamaged = false;
    const { world, pass, counts, left, end } = await deserted(2, (deps) => ({
      ...deps,
      sagas: {
        ...deps.sagas,
        load: (stream) => {
          if (isDamaged) throw new Error('damaged');
          return deps.sagas.load(stream);
        },
      },
    }));
    isDamaged = true;
    // Its claims lapse meanwhile, several times.
    await pass(GRACE_MS + LATE_MS + 5 * world.settings.leaseMs);
    expect(await left()).toEqual({ offered: 0, claimed: 2 });
    isDamaged = false;
    await world.orchestrations.execute(STREAM, registerWorkers('b-service', 'a'), metadata());
    await pass(world.settings.leaseMs + LATE_MS);
    expect(await left()).toEqual({ offered: 2, claimed: 0 });
    const made = await counts();
    expect([made.get('StepTakenBack'), made.get('StepLapsed'), made.get('StepTimedOut')]).toEqual([
      ...[2, undefined, undefined],
    ]);
    await end();
  });

  it('are on offer again while a server is away, and taken back at a later look', async () => {
    let isAway = false;
    const away = Object.assign(new Error('no server'), { name: 'StoreUnavailable' });
    const { pass, counts, left, end } = await deserted(2, (world) => ({
      ...world,
      sagas: {
        ...world.sagas,
        load: (stream) => {
          if (isAway) throw away;
          return world.sagas.load(stream);
        },
      },
    }));
    isAway = true;
    await pass(GRACE_MS + LATE_MS);
    expect(await left()).toEqual({ offered: 2, claimed: 0 });
    isAway = false;
    await pass(LATE_MS);
    expect((await counts()).get('StepTakenBack')).toBe(2);
    await end();
  });

  it('are taken back at the next look where it cannot be read who is registered', async () => {
    let reads = 0;
    const away = new Error('away');
    const { troubles, pass, counts, end } = await deserted(2, (world) => ({
      ...world,
      orchestrations: {
        ...world.orchestrations,
        reload: (stream) => {
          reads += 1;
          return reads === 1 ? Promise.reject(away) : world.orchestrations.reload(stream);
        },
      },
    }));
    await pass(GRACE_MS);
    expect(troubles).toEqual([away]);
    expect((await counts()).get('StepTakenBack')).toBeUndefined();
    await pass(LATE_MS);
    expect((await counts()).get('StepTakenBack')).toBe(2);
    await end();
  });

  it('stay held while it cannot be written, and are taken back once it can be', async () => {
    let isAway = true;
    const unavailable = { kind: 'unavailable', code: 'busy', detail: 'away' } as const;
    const { world, pass, counts, left, end } = await deserted(2, (deps) => ({
      ...deps,
      sagas: {
        ...deps.sagas,
        execute: (...given) => (isAway ? Promise.resolve(unavailable) : deps.sagas.execute(...given)),
      },
    }));
    await pass(GRACE_MS + LATE_MS);
    expect(await left()).toEqual({ offered: 0, claimed: 2 });
    isAway = false;
    await pass(world.settings.leaseMs + LATE_MS);
    const made = await counts();
    expect([made.get('StepTakenBack'), made.get('StepWaiting'), made.get('StepLapsed')]).toEqual([
      ...[2, 2, undefined],
    ]);
    await end();
  });

  it('are taken back no more once the engine is told to stop', async () => {
    let claims = 0;
    const stop = new AbortController();
    const { pass, end } = await deserted(
      1100,
      (world) => ({
        ...world,
        queue: {
          ...world.queue,
          claim: (request) => {
            claims += 1;
            stop.abort();
            return world.queue.claim(request);
          },
        },
      }),
      stop,
    );
    await pass(GRACE_MS + LATE_MS);
    await end();
    expect(claims).toBe(1);
  });
});

describe('steps that nobody serves', () => {
  const world = () => {
    const clock = manualClock(0);
    const steps = createUnservedSteps({ clock, graceMs: 100 });
    const events: OrchestrationEvent[] = [];
    return {
      happens: (event: OrchestrationEvent): void => {
        events.push(event);
        steps.update('tenant', events.reduce(evolve, initialState));
      },
      pass: (ms: number) => clock.advance(ms, settled),
      left: () => steps.left().map(({ route }) => route),
    };
  };

  it('have been left once they had nobody for the whole of the grace, counted from when that was seen', async () => {
    const { happens, pass, left } = world();
    happens(defined(['a', 'b']));
    happens(workersRegistered('w', ['a', 'b']));
    await pass(1000);
    happens(workersRegistered('w', ['b']));
    await pass(99);
    expect(left()).toEqual([]);
    await pass(1);
    expect(left()).toEqual(['tenant/a']);
    happens(workersRegistered('v', ['a']));
    expect(left()).toEqual([]);
  });

  it('have the whole grace again after they had somebody, and none anew at other registrations', async () => {
    const { happens, pass, left } = world();
    happens(defined(['a', 'b']));
    happens(workersRegistered('w', ['a']));
    await pass(60);
    happens(workersRegistered('w', ['b']));
    await pass(60);
    expect(left()).toEqual([]);
    happens(workersRegistered('v', ['b']));
    await pass(40);
    expect(left()).toEqual(['tenant/a']);
  });

  it('are those of every version: runs keep theirs', async () => {
    const { happens, pass, left } = world();
    happens(defined(['a']));
    happens(defined(['b'], { version: 2, hash: 'h2' }));
    await pass(100);
    expect(left()).toEqual(['tenant/a', 'tenant/b']);
  });
});
