import { describe, expect, it } from 'vitest';
import { createExecutor } from '../../../src/commands/execute.ts';
import { createQuota } from '../../../src/commands/orchestration/quota.ts';
import { registerInput } from '../../../src/commands/orchestration/register-input.ts';
import { refuseRegistration, register } from '../../../src/commands/orchestration/register.ts';
import { createDirectory } from '../../../src/commands/task/directory.ts';
import { reject } from '../../../src/domain/decider.ts';
import { orchestrationAggregate, orchestrationStream } from '../../../src/domain/orchestration/aggregate.ts';
import { attemptAggregate } from '../../../src/domain/orchestration/attempt.ts';
import { systemIds } from '../../../src/infra/clock/system.ts';
import { START } from '../../../src/infra/event-store/port.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { plainLog } from '../../support/plain-log.ts';

const context = { actor: { kind: 'service', id: 'test', source: 'test' } } as const;

/** Two of each; what registers is followed at once. */
const world = () => {
  const clock = manualClock();
  const store = plainLog(clock.now);
  const shared = { store, clock };
  const orchestrations = createExecutor(shared, orchestrationAggregate);
  const directory = createDirectory();
  const counted = createQuota(directory, { orchestrations: 2, services: 2, topics: 2 });
  let asked = 0;
  const deps = {
    orchestrations,
    attempts: createExecutor(shared, attemptAggregate),
    ids: systemIds(),
    transports: new Set(['http', 'kafka'] as const),
    overQuota: (input: Parameters<typeof counted>[0]) => {
      asked += 1;
      return counted(input);
    },
  };
  const follow = async (orchName: string): Promise<void> => {
    const { state, origin } = await orchestrations.load(orchestrationStream(orchName));
    if (origin !== null) directory.update(orchName, state);
  };
  const call = async (orchName: string, as: string, more: object = {}) => {
    const {
      service = `${orchName}-service`,
      key,
      isFollowed = true,
      ...body
    }: { service?: string; key?: string; isFollowed?: boolean } = more;
    const steps = [{ name: 'create', seq: 1, objectType: 'thing' }];
    const input = { ...registerInput.parse({ orchName, as, steps, ...body }), service };
    const result = await register(deps)(
      input,
      key === undefined ? context : { ...context, idempotencyKey: key },
    );
    if (isFollowed) await follow(orchName);
    return result.kind === 'done' ? 'done' : result.code;
  };
  const initiate = (orchName: string, more: object = {}) => call(orchName, 'initiator', more);
  const work = (orchName: string, more: object = {}) => call(orchName, 'worker', more);
  const types = async (): Promise<readonly string[]> =>
    (await store.readAll({ after: START, max: 1000 })).events.map(({ type }) => type);
  const streams = async (): Promise<readonly string[]> => {
    const { events } = await store.readAll({ after: START, max: 1000 });
    return [...new Set(events.map(({ stream }) => stream))].filter((name) =>
      name.startsWith('orchestration'),
    );
  };
  return { deps, initiate, work, streams, types, asked: () => asked };
};

const twoSteps = [
  { name: 'create', seq: 1, objectType: 'thing' },
  { name: 'mail', seq: 2, objectType: 'thing' },
];

describe('a registration that a quota refuses', () => {
  it.each([
    ['too_many_orchestrations', 'c', {}],
    ['too_many_services', 'a', { service: 'three' }],
    ['too_many_topics', 'b', { service: 'two', transport: 'kafka' }],
  ])('leaves one event, that it was tried: %s', async (code, orchName, more) => {
    const { initiate, work, types, asked } = world();
    await initiate('a', { steps: twoSteps });
    await initiate('b');
    await work('a', { service: 'one', transport: 'kafka', steps: twoSteps });
    await work('a', { service: 'two' });
    const before = await types();
    const askedBefore = asked();
    expect(await work(orchName, more)).toBe(code);
    expect((await types()).slice(before.length)).toEqual(['RegistrationAttempted']);
    expect(asked() - askedBefore).toBe(1);
  });
});

describe('a registration of one orchestration too many', () => {
  it('is refused, whoever it is from, and makes no name', async () => {
    const { initiate, work, streams } = world();
    expect([await initiate('a'), await work('b')]).toEqual(['done', 'done']);
    expect([await initiate('c'), await work('c')]).toEqual(Array(2).fill('too_many_orchestrations'));
    expect(await streams()).toEqual(['orchestration-a', 'orchestration-b']);
  });

  it('makes no name either where it is refused for something else', async () => {
    const { deps, initiate, streams } = world();
    await initiate('a');
    await initiate('b');
    const who = { orchName: 'd', as: 'initiator', service: 'd-service' };
    const refusal = reject('invalid_input', 'it has no steps');
    expect(await refuseRegistration(deps)(who, refusal, context)).toMatchObject({ code: 'invalid_input' });
    expect(await streams()).toEqual(['orchestration-a', 'orchestration-b']);
  });

  it('leaves those that there are alone', async () => {
    const { initiate, work } = world();
    await initiate('a');
    await initiate('b');
    expect([await initiate('a', { steps: twoSteps }), await work('b')]).toEqual(['done', 'done']);
  });

  it('leaves alone what is in the log and was not followed yet', async () => {
    const { initiate, work } = world();
    await initiate('a');
    const unseen = { isFollowed: false, key: 'k' };
    expect(await initiate('b', unseen)).toBe('done');
    expect(await initiate('c')).toBe('done');
    expect(await initiate('b', unseen)).toBe('done');
    expect(await work('b', { isFollowed: false })).toBe('done');
  });

  it('is refused again under its key', async () => {
    const { initiate } = world();
    await initiate('a');
    await initiate('b');
    const again = { key: 'k' };
    expect([await initiate('c', again), await initiate('c', again)]).toEqual(
      Array(2).fill('too_many_orchestrations'),
    );
  });
});

describe('a registration of one service too many', () => {
  it('is refused; a service that there is may work on more', async () => {
    const { initiate, work } = world();
    await initiate('a');
    await initiate('b');
    expect([await work('a', { service: 'one' }), await work('a', { service: 'two' })]).toEqual([
      'done',
      'done',
    ]);
    expect(await work('a', { service: 'three' })).toBe('too_many_services');
    expect(await work('b', { service: 'two' })).toBe('done');
  });
});

describe('a registration of one topic too many', () => {
  const overKafka = { transport: 'kafka' };

  it('is refused; work over HTTP needs none', async () => {
    const { initiate, work } = world();
    await initiate('a', { steps: twoSteps });
    await initiate('b');
    expect(await work('a', { ...overKafka, steps: twoSteps })).toBe('done');
    expect(await work('b', overKafka)).toBe('too_many_topics');
    expect(await work('b')).toBe('done');
  });

  it('counts topics that nobody works on any more: they stay', async () => {
    const { initiate, work } = world();
    await initiate('a', { steps: twoSteps });
    expect(await work('a', { ...overKafka, steps: twoSteps })).toBe('done');
    expect(await work('a', overKafka)).toBe('done');
    const steps = [{ name: 'three', seq: 1, objectType: 'thing' }];
    expect(await work('a', { ...overKafka, steps })).toBe('too_many_topics');
    expect(await work('a', { ...overKafka, steps: twoSteps })).toBe('done');
  });

  it('counts a topic once, whoever works on it', async () => {
    const { initiate, work } = world();
    await initiate('a', { steps: twoSteps });
    expect(await work('a', { ...overKafka, service: 'one' })).toBe('done');
    expect(await work('a', { ...overKafka, service: 'two', steps: twoSteps })).toBe('done');
    expect(await work('a', { ...overKafka, service: 'two', steps: twoSteps })).toBe('done');
  });
});
