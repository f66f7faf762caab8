import { beforeEach, describe, expect, it } from 'vitest';
import { createExecutor } from '../../../src/commands/execute.ts';
import { createDirectory } from '../../../src/commands/task/directory.ts';
import { attendedPolls } from '../../../src/commands/worker/attended-polls.ts';
import { heardQueue } from '../../../src/commands/worker/heard-queue.ts';
import { createPresence } from '../../../src/commands/worker/presence.ts';
import { createWatch } from '../../../src/commands/worker/watch.ts';
import { initialState } from '../../../src/domain/orchestration/state.ts';
import type { WorkerStep } from '../../../src/domain/orchestration/state.ts';
import { workerAggregate } from '../../../src/domain/worker/aggregate.ts';
import { LogDamaged, StoreUnavailable } from '../../../src/infra/event-store/errors.ts';
import type { EventStore } from '../../../src/infra/event-store/port.ts';
import { memoryTaskQueue } from '../../../src/infra/task-queue/memory.ts';
import type { Task } from '../../../src/infra/task-queue/port.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { openLog } from '../../support/open-log.ts';

const SILENT_MS = 60_000;
const DEAF_MS = 30_000;
const LOOK_MS = 5000;
const LEASE_MS = 30_000;

const task: Task = {
  taskId: 'task-1',
  route: 'tenant/create',
  flowId: 'flow-1',
  orchName: 'tenant',
  step: 'create',
  action: 'do',
  attempt: 1,
  iteration: 0,
  timeoutMs: 600_000,
};

let store: EventStore;
let clock: ReturnType<typeof manualClock>;

beforeEach(async () => {
  store = await openLog();
  clock = manualClock();
});

/** One process that has begun to look after its workers. */
const process = (...services: readonly string[]) => {
  const directory = createDirectory();
  const workers = new Map<string, readonly WorkerStep[]>();
  const register = (service: string): void => {
    workers.set(service, [{ name: 'create', objectType: null, transport: 'http' }]);
    directory.update('tenant', { ...initialState, workers });
  };
  for (const service of services) register(service);
  const presence = createPresence(clock);
  const queue = heardQueue(memoryTaskQueue(), presence);
  const troubles: unknown[] = [];
  const watch = createWatch({
    workers: createExecutor({ store, clock }, workerAggregate),
    queue,
    clock,
    directory,
    presence,
    limits: { silentMs: SILENT_MS, deafMs: DEAF_MS },
    onTrouble: (error) => troubles.push(error),
  });
  watch.start();
  const pass = (ms: number) => clock.advance(ms, watch.idle);
  /** Time passes while the service says every three seconds that it is alive. */
  const beating = async (service: string, ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 3000) {
      presence.heartbeat(service);
      await pass(3000);
    }
  };
  const poll = attendedPolls(presence, ({ service }: { readonly service: string }) =>
    queue.claim({ routes: ['tenant/create'], by: service, max: 1, now: clock.now(), leaseMs: LEASE_MS }),
  );
  const take = (service: string) => poll({ service });
  return { register, presence, queue, watch, pass, beating, take, troubles };
};

const recorded = async (service: string): Promise<readonly string[]> => {
  const { events } = await store.readStream(`worker-${service}`, {
    from: 0,
    direction: 'forwards',
    max: 100,
  });
  return events.map(({ type }) => type);
};

describe('a frozen worker', () => {
  it('that still sends heartbeats is deaf within one look after the limit, once', async () => {
    const { presence, queue, beating, troubles } = process('crm');
    await queue.offer(task);
    await beating('crm', DEAF_MS);
    expect(await recorded('crm')).toEqual([]);
    expect(presence.livenessOf('crm').state).toBe('live');
    // The offer is seen at the first look, and judged at the first one after the limit.
    await beating('crm', 2 * LOOK_MS);
    expect(await recorded('crm')).toEqual(['WorkerDeaf']);
    expect(presence.livenessOf('crm')).toMatchObject({ state: 'deaf', lastPollAt: null, lastClaimAt: null });
    await beating('crm', 10 * DEAF_MS);
    expect(await recorded('crm')).toEqual(['WorkerDeaf']);
    expect(troubles).toEqual([]);
  });

  it('is back when it takes its work', async () => {
    const { presence, queue, beating, take, pass } = process('crm');
    await queue.offer(task);
    await beating('crm', DEAF_MS + 2 * LOOK_MS);
    expect(await take('crm')).toHaveLength(1);
    expect(presence.livenessOf('crm').state).toBe('live');
    await pass(LOOK_MS);
    expect(await recorded('crm')).toEqual(['WorkerDeaf', 'WorkerBack']);
    expect(presence.livenessOf('crm').lastClaimAt).not.toBeNull();
  });

  it('is not called deaf for what was on offer for a moment only', async () => {
    const { queue, beating } = process('crm');
    await queue.offer(task);
    await beating('crm', DEAF_MS - 6000);
    await queue.withdraw(task.taskId);
    await beating('crm', LOOK_MS);
    await queue.offer({ ...task, attempt: 2 });
    await beating('crm', DEAF_MS - 6000);
    expect(await recorded('crm')).toEqual([]);
  });
});

it('services whose streams are damaged keep no other from being judged', async () => {
  const damaged = Array.from({ length: 20 }, (_, number) => `damaged-${String(number)}`);
  const healthy = store;
  store = {
    ...healthy,
    readStream: (stream, page) =>
      stream.startsWith('worker-damaged')
        ? Promise.reject(new LogDamaged(stream, 0, 'the hash does not match'))
        : healthy.readStream(stream, page),
  };
  const { pass, troubles } = process(...damaged, 'crm');
  await pass(SILENT_MS + 2 * LOOK_MS);
  expect(await recorded('crm')).toEqual(['WorkerSilent']);
  expect(troubles.length).toBeGreaterThanOrEqual(damaged.length);
});

it('a look ends where the log is away: it is not asked, and told of, once for every service', async () => {
  const services = Array.from({ length: 100 }, (_, number) => `service-${String(number)}`);
  let asked = 0;
  store = {
    ...store,
    readStream: () => {
      asked += 1;
      return Promise.reject(new StoreUnavailable('no answer'));
    },
  };
  const { pass, troubles } = process(...services);
  await pass(LOOK_MS);
  expect(asked).toBeLessThan(services.length / 2);
  expect(troubles).toMatchObject([{ name: 'StoreUnavailable' }]);
});

describe('a busy worker', () => {
  it('that extends the lease of its task is neither deaf nor silent, whatever else is on offer', async () => {
    const { presence, queue, pass, take } = process('crm');
    await queue.offer(task);
    await take('crm');
    await queue.offer({ ...task, taskId: 'task-2' });
    for (let round = 0; round < 30; round += 1) {
      await pass(10_000);
      const held = { taskId: task.taskId, attempt: 1, now: clock.now(), leaseMs: LEASE_MS };
      expect(await queue.extend(held)).toBeDefined();
    }
    expect(await recorded('crm')).toEqual([]);
    expect(presence.livenessOf('crm').state).toBe('live');
  });
});

describe('a worker that waits in a long poll', () => {
  it('is live for as long as the poll lasts, and silent a whole limit later', async () => {
    const { presence, pass } = process('crm');
    const end = presence.polling('crm');
    await pass(3 * SILENT_MS);
    expect(await recorded('crm')).toEqual([]);
    end();
    await pass(SILENT_MS - 1);
    expect(await recorded('crm')).toEqual([]);
    await pass(LOOK_MS + 1);
    expect(await recorded('crm')).toEqual(['WorkerSilent']);
    expect(presence.livenessOf('crm').state).toBe('silent');
  });

  it('is back with its next poll: one event per change, each time', async () => {
    const { presence, pass } = process('crm');
    for (let round = 0; round < 3; round += 1) {
      presence.polling('crm')();
      await pass(SILENT_MS + LOOK_MS);
      expect(presence.livenessOf('crm').state).toBe('silent');
    }
    presence.polling('crm')();
    await pass(LOOK_MS);
    const [silent, back] = ['WorkerSilent', 'WorkerBack'];
    expect(await recorded('crm')).toEqual([silent, back, silent, back, silent, back]);
  });
});

describe('after a restart', () => {
  it('nobody is silent before one whole interval has passed', async () => {
    const { presence, pass } = process('crm');
    await pass(SILENT_MS - 1);
    expect(await recorded('crm')).toEqual([]);
    expect(presence.livenessOf('crm').state).toBe('unseen');
    await pass(LOOK_MS + 1);
    expect(await recorded('crm')).toEqual(['WorkerSilent']);
  });

  it('what is recorded already is not recorded again', async () => {
    const first = process('crm');
    await first.pass(SILENT_MS + LOOK_MS);
    await first.watch.stop();
    const second = process('crm');
    await second.pass(3 * SILENT_MS);
    expect(await recorded('crm')).toEqual(['WorkerSilent']);
    expect(second.presence.livenessOf('crm').state).toBe('silent');
  });

  it('a service registered later is not judged before it was heard once', async () => {
    const { register, presence, pass } = process();
    await pass(SILENT_MS);
    register('crm');
    await pass(3 * SILENT_MS);
    expect(await recorded('crm')).toEqual([]);
    expect(presence.livenessOf('crm').state).toBe('unseen');
    presence.heartbeat('crm');
    await pass(SILENT_MS + LOOK_MS);
    expect(await recorded('crm')).toEqual(['WorkerSilent']);
  });
});

describe('two processes over one log', () => {
  it('record a change once where both see it', async () => {
    const first = process('crm');
    const second = process('crm');
    await clock.advance(SILENT_MS + LOOK_MS, () => Promise.all([first.watch.idle(), second.watch.idle()]));
    expect(await recorded('crm')).toEqual(['WorkerSilent']);
    expect([first.troubles, second.troubles]).toEqual([[], []]);
  });
});

describe('the watch', () => {
  it('tells of a look that failed and looks again', async () => {
    const { pass, queue, troubles } = process('crm');
    await queue.close();
    await pass(3 * LOOK_MS);
    expect(troubles).toHaveLength(3);
  });

  it('looks no more once it is stopped', async () => {
    const { pass, watch } = process('crm');
    await watch.stop();
    await pass(3 * SILENT_MS);
    expect(await recorded('crm')).toEqual([]);
  });
});
