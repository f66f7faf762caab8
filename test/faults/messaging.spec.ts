import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sagaStream } from '../../src/domain/saga/aggregate.ts';
import type { InRecord, MessageBus, OutRecord, PublishResult } from '../../src/infra/message-bus/port.ts';
import { CheckpointMissing } from '../../src/infra/messaging/out/bridge.ts';
import {
  busWorker,
  eventually,
  follow,
  headersOf,
  initiatorYaml,
  jsonOf,
  messagingWorld,
  noCheckpoints,
  outRecord,
  taskIn,
  workerYaml,
} from '../support/messaging-world.ts';
import type { MessagingWorld } from '../support/messaging-world.ts';

const REGISTRATION = 'orchestrator.registration';
const START = 'orchestrator.execution.start';
const ANSWERS = 'orchestrator.response.result';
const EVENTS = 'skald.events.saga';
const ACTOR = { kind: 'service', id: 'ci', source: 'http' } as const;

const fixedTopics = async (world: MessagingWorld): Promise<void> => {
  await world.bus.ensureTopics(world.messaging.topics());
};

const send = async (
  world: MessagingWorld,
  ...records: Parameters<MessageBus['publish']>[0]
): Promise<void> => {
  expect(await world.bus.publish(records)).toEqual({ kind: 'ok' });
};

const registered = async (world: MessagingWorld, orchName: string, steps: readonly string[]) => {
  await send(
    world,
    outRecord(REGISTRATION, orchName, initiatorYaml(orchName, steps), { serviceName: 'front' }),
  );
  await send(world, outRecord(REGISTRATION, orchName, workerYaml(orchName, steps), { serviceName: 'back' }));
  await eventually(() => {
    expect(world.messaging.topics().map(({ name }) => name)).toContain(
      `orchestrator.${orchName}.${steps[0] ?? ''}`,
    );
  });
};

const start = async (world: MessagingWorld, orchName: string) => {
  const flowId = crypto.randomUUID();
  await send(world, outRecord(START, flowId, { orchName, payload: 'aGk=' }, { flowId }));
  return flowId;
};

const reaches = (world: MessagingWorld, flowId: string, status: string) =>
  eventually(async () => {
    expect(await world.statusOf(flowId)).toBe(status);
  });

const ceIds = (records: readonly InRecord[]) => records.map((record) => headersOf(record)['ce_id'] ?? '');

const allRead = (world: MessagingWorld, topics: readonly string[]) =>
  eventually(async () => {
    const lags = await world.bus.lag(world.messaging.group, topics);
    expect(lags.filter(({ offset, end }) => offset !== end)).toEqual([]);
    expect(lags.length).toBeGreaterThan(0);
  });

describe('a story told over the bus alone', () => {
  it('registers, starts, works, undoes, and reports everything; what it reads back of its own is nothing (F-K-12)', async () => {
    const world = await messagingWorld();
    await fixedTopics(world);
    const statuses = await follow(world.bus, ['orchestrator.registration.status']);
    const events = await follow(world.bus, [EVENTS]);
    void world.run('consumers', 'bridge', 'workItems');
    await registered(world, 'tenant', ['a', 'b']);
    await world.bus.ensureTopics(world.messaging.topics());
    const onItsOwn = await busWorker(world.bus, 'orchestrator.tenant.a');
    const onResponse = await busWorker(world.bus, 'orchestrator.tenant.b', { answerTo: ANSWERS });
    const flowId = await start(world, 'tenant');
    await reaches(world, flowId, 'COMPLETED');
    await world.commands.undoSaga(flowId, {}, { actor: ACTOR });
    await reaches(world, flowId, 'UNDONE');

    const told = [...onItsOwn.tasks, ...onResponse.tasks].map((record) => taskIn(record));
    expect(told.map(({ stepName, action }) => `${action} ${stepName}`).sort()).toEqual(
      ['DO a', 'DO b', 'UNDO a', 'UNDO b'].sort(),
    );
    for (const { action, metadata } of told)
      if (action === 'UNDO') expect(metadata.originalCompletedAt).toMatch(/Z$/);
    expect(statuses.map(jsonOf)).toMatchObject([
      { as: 'initiator', serviceName: 'front', status: 'SUCCESS' },
      { as: 'worker', serviceName: 'back', topics: { a: 'orchestrator.tenant.a' } },
    ]);
    const stored = (await world.events()).filter(({ stream }) => stream === sagaStream(flowId));
    await eventually(() => {
      expect(ceIds(events)).toEqual(stored.map(({ eventId }) => eventId));
    });
    await eventually(() => {
      expect(world.messaging.status().consumers.own_message).toBe(4);
    });
    expect((await world.events()).filter(({ type }) => type === 'RecordNoted')).toEqual([]);
    expect(world.troubles).toEqual([]);
  });
});

describe('what comes in', () => {
  it('never blocks its partition: poison becomes a letter, later records of its key queue behind it', async () => {
    const world = await messagingWorld();
    await fixedTopics(world);
    void world.run('consumers');
    await registered(world, 'tenant', ['a']);
    const good = crypto.randomUUID();
    const behind = crypto.randomUUID();
    const body = (flowId: string) => [{ orchName: 'tenant' }, { flowId }] as const;
    await send(
      world,
      outRecord(START, 'k', '{ this is no JSON'),
      outRecord(START, 'k', null),
      outRecord(START, 'k', ...body(behind)),
      ...Array.from({ length: 30 }, (_, index) => outRecord(START, `other-${String(index)}`, 'x')),
      outRecord(START, 'good', ...body(good)),
    );
    await allRead(world, [START]);
    await reaches(world, good, 'IN_PROGRESS');
    expect(await world.statusOf(behind)).toBe('ABSENT');
    const parked = (await world.events()).filter(({ type }) => type === 'LetterParked');
    expect(parked).toHaveLength(33);
    const queued = parked.filter(({ data }) => JSON.stringify(data).includes('queued_behind'));
    expect(queued.map(({ data }) => data)).toMatchObject([{ flowId: null }, { flowId: behind }]);
    expect(world.messaging.status().consumers).toMatchObject({ parked: 33, again: 0 });
  });

  it('is done once where the answer was lost after the append, and where a record comes again', async () => {
    let fired = 0;
    const world = await messagingWorld({
      faults: (deps) => ({
        ...deps,
        commands: {
          ...deps.commands,
          startSaga: async (...call) => {
            const result = await deps.commands.startSaga(...call);
            fired += 1;
            if (fired <= 2) throw new Error('the answer was lost');
            return result;
          },
        },
      }),
    });
    await fixedTopics(world);
    void world.run('consumers');
    await registered(world, 'tenant', ['a']);
    await send(world, outRecord(START, 'k', { orchName: 'tenant' }));
    await allRead(world, [START]);
    expect(fired).toBe(3);
    const starts = (await world.events()).filter(({ type }) => type === 'SagaStarted');
    expect(starts).toHaveLength(1);
    expect(world.messaging.status().consumers.again).toBe(2);
  });

  it('has no second effect where each record comes three times more, in any order (F-K-09)', async () => {
    const world = await messagingWorld();
    await fixedTopics(world);
    void world.run('consumers', 'workItems');
    await registered(world, 'tenant', ['a', 'b']);
    await world.bus.ensureTopics(world.messaging.topics());
    await busWorker(world.bus, 'orchestrator.tenant.a');
    await busWorker(world.bus, 'orchestrator.tenant.b', { answerTo: ANSWERS });
    for (const flowId of await Promise.all([start(world, 'tenant'), start(world, 'tenant')]))
      await reaches(world, flowId, 'COMPLETED');
    const topics = [REGISTRATION, START, ANSWERS, 'orchestrator.tenant.a', 'orchestrator.tenant.b'];
    await allRead(world, topics);
    const records = await follow(world.bus, topics);
    // Two registrations, two starts, and a task and an answer for each of four steps.
    await eventually(() => {
      expect(records).toHaveLength(12);
    });
    const before = (await world.events()).map(({ eventId }) => eventId);
    const anyOrder = fc.shuffledSubarray([...records, ...records, ...records], { minLength: 36 });
    for (const order of fc.sample(anyOrder, { numRuns: 3, seed: 9 })) {
      const outcomes = await Promise.all(order.map((record) => world.messaging.handle(record, 0)));
      const kinds = Map.groupBy(outcomes, ({ kind }) => kind);
      expect([...kinds.keys()].sort()).toEqual(['done', 'noted']);
    }
    expect((await world.events()).map(({ eventId }) => eventId)).toEqual(before);
  });

  it('is found again by a process that was started after the offsets were lost (F-K-09)', async () => {
    const first = await messagingWorld();
    await fixedTopics(first);
    void first.run('consumers');
    await registered(first, 'tenant', ['a']);
    await send(first, outRecord(START, 'k', { orchName: 'tenant' }), outRecord(START, 'p', 'poison'));
    const late = {
      flowId: crypto.randomUUID(),
      stepName: 'a',
      action: 'DO',
      metadata: { status: 'SUCCESS' },
    };
    await send(first, outRecord(ANSWERS, 'l', late));
    await allRead(first, [START, ANSWERS]);
    const before = (await first.events()).map(({ eventId }) => eventId);
    await first.stop();

    const again = await messagingWorld({
      dataDir: first.dataDir,
      masterKey: first.masterKey,
      faults: (deps) => ({ ...deps, group: 'another' }),
    });
    void again.run('consumers');
    await allRead(again, [START, ANSWERS, REGISTRATION]);
    const after = await again.events();
    expect(after.map(({ eventId }) => eventId)).toEqual(before);
    expect(after.filter(({ type }) => type === 'RecordNoted')).toMatchObject([
      { data: { reason: 'unknown_run' } },
    ]);
  });
});

/** Writes, then answers as if it did not know, the first `times` times. */
const losingAnswers = (bus: MessageBus, times: number): MessageBus['publish'] => {
  let left = times;
  return async (records): Promise<PublishResult> => {
    const result = await bus.publish(records);
    if (left === 0) return result;
    left -= 1;
    return { kind: 'ambiguous', cause: new Error('the answer was lost') };
  };
};

describe('what goes out', () => {
  const withRuns = async (world: MessagingWorld, count: number) => {
    await fixedTopics(world);
    void world.run('consumers');
    await registered(world, 'tenant', ['a']);
    const flows = await Promise.all(Array.from({ length: count }, () => start(world, 'tenant')));
    for (const flowId of flows) await reaches(world, flowId, 'IN_PROGRESS');
    return flows;
  };

  /** Every event of every run at least once; without repetitions, in the order of its stream. */
  const complete = async (world: MessagingWorld, flows: readonly string[], seen: readonly InRecord[]) => {
    for (const flowId of flows) {
      const of = seen.filter(({ key }) => Buffer.from(key ?? []).toString() === flowId);
      const stored = (await world.events()).filter(({ stream }) => stream === sagaStream(flowId));
      expect([...new Set(ceIds(of))]).toEqual(stored.map(({ eventId }) => eventId));
    }
  };

  it('comes twice, in order, where the bridge ended between publishing and its checkpoint', async () => {
    const saves = { fired: 0, isDead: false };
    const world = await messagingWorld({
      faults: (deps) => ({
        ...deps,
        checkpoints: {
          ...deps.checkpoints,
          save: (follower, position) => {
            saves.fired += 1;
            saves.isDead ||= saves.fired === 2;
            if (saves.isDead) return Promise.reject(new Error('killed'));
            return deps.checkpoints.save(follower, position);
          },
        },
      }),
    });
    const flows = await withRuns(world, 5);
    const seen = await follow(world.bus, [EVENTS]);
    await expect(world.run('bridge')).rejects.toThrow('killed');
    await eventually(() => {
      expect(seen.length).toBeGreaterThan(0);
    });
    saves.isDead = false;
    void world.run('bridge');
    await eventually(() => complete(world, flows, seen));
    await eventually(() => {
      expect(saves.fired).toBeGreaterThan(2);
      expect(new Set(ceIds(seen)).size).toBeLessThan(seen.length);
    });
  });

  it('comes at least once, in order, where the bus does not say what it wrote', async () => {
    const world = await messagingWorld({
      faults: (deps) => ({ ...deps, bus: { ...deps.bus, publish: losingAnswers(deps.bus, 3) } }),
    });
    const flows = await withRuns(world, 3);
    const seen = await follow(world.bus, [EVENTS]);
    void world.run('bridge');
    await eventually(() => complete(world, flows, seen));
    await eventually(() => {
      expect(world.troubles).toHaveLength(3);
    });
    expect(new Set(ceIds(seen)).size).toBeLessThan(seen.length);
  });

  it('leaves a mark where a record can never be published, and goes on', async () => {
    const refused: string[] = [];
    const world = await messagingWorld({
      faults: (deps) => ({
        ...deps,
        bus: {
          ...deps.bus,
          publish: (records) => {
            const large = records.find(
              (record) => isStart(record) && headersOf(record)['skald-omitted'] === undefined,
            );
            if (large === undefined) return deps.bus.publish(records);
            refused.push(large.key ?? '');
            return Promise.resolve({ kind: 'refused', code: 'too_large', detail: 'too large' });
          },
        },
      }),
    });
    const flows = await withRuns(world, 2);
    const seen = await follow(world.bus, [EVENTS]);
    void world.run('bridge');
    await eventually(() => complete(world, flows, seen));
    expect(new Set(refused)).toEqual(new Set(flows));
    const marked = seen.filter((record) => headersOf(record)['skald-omitted'] === 'too_large');
    expect(marked.map(jsonOf)).toMatchObject([{ data: null }, { data: null }]);
    expect(world.messaging.status().bridge.omitted).toBe(2);
  });

  it('waits for somebody to say where it begins when its checkpoint is gone', async () => {
    const first = await messagingWorld();
    await withRuns(first, 1);
    await first.stop();
    const { dataDir, masterKey } = first;
    const again = messagingWorld({
      ...{ dataDir, masterKey },
      faults: (deps) => ({ ...deps, checkpoints: noCheckpoints }),
    });
    await expect(again).rejects.toThrow(CheckpointMissing);
  });

  it('sends a task again under the same attempt until the bus has it, and only then its time runs', async () => {
    const away = { is: true, tried: 0 };
    const world = await messagingWorld({
      faults: (deps) => ({
        ...deps,
        bus: {
          ...deps.bus,
          publish: (records) => {
            if (!away.is || !records.some(({ topic }) => topic.endsWith('.a')))
              return deps.bus.publish(records);
            away.tried += 1;
            return Promise.resolve({ kind: 'ambiguous', cause: new Error('away') });
          },
        },
      }),
    });
    const [flowId = ''] = await withRuns(world, 1);
    await world.bus.ensureTopics(world.messaging.topics());
    const { tasks } = await busWorker(world.bus, 'orchestrator.tenant.a', { reply: () => undefined });
    void world.run('workItems');
    await eventually(() => {
      expect(away.tried).toBeGreaterThan(2);
    });
    expect(tasks).toEqual([]);
    away.is = false;
    await eventually(() => {
      expect(tasks).toHaveLength(1);
    });
    const sentAt = world.clock.now();
    const [task] = tasks.map((record) => headersOf(record));
    expect(task).toMatchObject({ flowId, attempt: '1' });
    await eventually(async () => {
      const claim = await world.queue.claimOf(task?.['effectId'] ?? '', 1);
      expect(claim).toMatchObject({ by: 'kafka' });
      expect(claim?.deadline).toBeGreaterThan(sentAt + 55_000);
      expect(claim?.leaseUntil).toBe(claim?.deadline);
    });
    expect(await world.typesOf(sagaStream(flowId))).toEqual(['SagaStarted', 'StepDispatched']);
  });
});

const isStart = (record: Pick<OutRecord, 'headers'>): boolean =>
  headersOf(record)['ce_type'] === 'dev.skald.saga.started.v1';
