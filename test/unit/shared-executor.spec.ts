import { beforeEach, describe, expect, it } from 'vitest';
import { createExecutor } from '../../src/commands/execute.ts';
import { orchestrationAggregate, orchestrationStream } from '../../src/domain/orchestration/aggregate.ts';
import type { AppendMetadata } from '../../src/domain/event.ts';
import type { EventStore } from '../../src/infra/event-store/port.ts';
import { manualClock } from '../support/manual-clock.ts';
import { openLog } from '../support/open-log.ts';

const STREAM = orchestrationStream('tenant');
const actor = { kind: 'service', id: 'test', source: 'test' } as const;

let store: EventStore;
let reads: number;
beforeEach(async () => {
  store = await openLog();
  reads = 0;
});

/** What one process has of its own; several of them stand on the same log. */
const process = (isShared = true, isFollowed = false, cacheBytes = 1_000_000) => {
  const counted: EventStore = {
    ...store,
    readStream: (stream, options) => {
      reads += 1;
      return store.readStream(stream, options);
    },
  };
  return createExecutor(
    { store: counted, clock: manualClock(), isShared, isFollowed, cacheBytes },
    orchestrationAggregate,
  );
};

const metadata = (commandId: string): AppendMetadata => ({
  commandId,
  causationId: commandId,
  correlationId: commandId,
  actor,
  owner: actor.id,
});
const workers = (service: string) =>
  ({
    type: 'RegisterWorkers',
    service,
    steps: [{ name: 'create', objectType: null }],
    transport: 'http',
  }) as const;
const id = (last: number) => `00000000-0000-4000-8000-${String(last).padStart(12, '0')}`;

describe('processes that share a log', () => {
  it('see what another has written since they last looked', async () => {
    const [one, other] = [process(), process()];
    await one.load(STREAM);
    await other.execute(STREAM, workers('a-service'), metadata(id(1)));
    const { state } = await one.load(STREAM);
    expect([...state.workers.keys()]).toEqual(['a-service']);
  });

  it('do not decide that there is nothing to do on what they remember', async () => {
    const [one, other] = [process(), process()];
    await one.execute(STREAM, workers('a-service'), metadata(id(1)));
    const moved = { ...workers('a-service'), transport: 'kafka' } as const;
    await other.execute(STREAM, moved, metadata(id(2)));
    const again = await one.execute(STREAM, workers('a-service'), metadata(id(3)));
    expect(again).toMatchObject({ kind: 'accepted', events: [{ type: 'WorkersRegistered' }], revision: 2 });
  });

  it('decide without a write though nothing fits in their memory', async () => {
    const one = process(true, false, 1);
    await one.execute(STREAM, workers('a-service'), metadata(id(1)));
    const again = await one.execute(STREAM, workers('a-service'), metadata(id(2)));
    expect(again).toMatchObject({ kind: 'accepted', events: [], revision: 0 });
  });

  it('answer a command another process took from its events', async () => {
    const [one, other] = [process(), process()];
    await one.execute(STREAM, workers('a-service'), metadata(id(1)));
    await other.execute(STREAM, workers('b-service'), metadata(id(2)));
    const repeated = await one.execute(STREAM, workers('b-service'), metadata(id(2)));
    expect(repeated).toMatchObject({
      kind: 'accepted',
      revision: 1,
      events: [{ type: 'WorkersRegistered' }],
    });
    expect((await store.readStream(STREAM, { from: 0, direction: 'forwards', max: 9 })).head).toBe(1);
  });

  it('refuse a key that another process took with another body', async () => {
    const [one, other] = [process(), process()];
    await one.load(STREAM);
    await other.execute(STREAM, workers('b-service'), { ...metadata(id(2)), bodyHash: 'one' });
    const reused = await one.execute(STREAM, workers('c-service'), { ...metadata(id(2)), bodyHash: 'other' });
    expect(reused).toMatchObject({ kind: 'rejected', code: 'idempotency_key_reused' });
  });

  it('read nothing before an append, whose exact head is the proof', async () => {
    const one = process();
    await one.execute(STREAM, workers('a-service'), metadata(id(1)));
    reads = 0;
    await one.execute(STREAM, workers('b-service'), metadata(id(2)));
    expect(reads).toBe(0);
  });
});

describe('a command that a server keeps waiting', () => {
  it('begins no append more than five seconds after it was asked for: ten are not enough for it', async () => {
    const clock = manualClock();
    const appends: string[] = [];
    let readMs = 5001;
    const slow: EventStore = {
      ...store,
      readStream: async (stream, options) => {
        await clock.advance(readMs, () => Promise.resolve());
        return store.readStream(stream, options);
      },
      append: (stream, ...given) => {
        appends.push(stream);
        return store.append(stream, ...given);
      },
    };
    const { execute } = createExecutor({ store: slow, clock, isShared: true }, orchestrationAggregate);
    const late = await execute(STREAM, workers('a-service'), metadata(id(1)));
    expect(late).toMatchObject({ kind: 'unavailable', code: 'busy' });
    expect(appends).toEqual([]);
    readMs = 0;
    const again = await execute(STREAM, workers('a-service'), metadata(id(1)));
    expect(again).toMatchObject({ kind: 'accepted', revision: 0 });
  });

  it('begins none either where what came before it took that long', async () => {
    const clock = manualClock();
    const { execute } = createExecutor({ store, clock, isShared: true }, orchestrationAggregate);
    const asked = clock.now();
    await clock.advance(4500, () => Promise.resolve());
    const late = await execute(STREAM, workers('a-service'), metadata(id(1)), asked);
    expect(late).toMatchObject({ kind: 'unavailable', code: 'busy' });
    expect(await execute(STREAM, workers('a-service'), metadata(id(1)))).toMatchObject({ revision: 0 });
  });

  it('is answered without one however long it took', async () => {
    const clock = manualClock();
    await process().execute(STREAM, workers('a-service'), metadata(id(1)));
    const slow: EventStore = {
      ...store,
      readStream: async (stream, options) => {
        await clock.advance(6000, () => Promise.resolve());
        return store.readStream(stream, options);
      },
    };
    const { execute } = createExecutor({ store: slow, clock, isShared: true }, orchestrationAggregate);
    const repeated = await execute(STREAM, workers('a-service'), metadata(id(1)));
    expect(repeated).toMatchObject({ kind: 'accepted', replayed: true });
  });
});

describe('a process that follows what others write', () => {
  it('loads from memory until it has seen that there is more, and still refuses nothing by it', async () => {
    const [follower, other] = [process(true, true), process()];
    await follower.execute(STREAM, workers('a-service'), metadata(id(1)));
    await other.execute(STREAM, { ...workers('a-service'), transport: 'kafka' }, metadata(id(2)));
    reads = 0;
    expect((await follower.load(STREAM)).head.revision).toBe(0);
    expect(reads).toBe(0);
    const again = await follower.execute(STREAM, workers('a-service'), metadata(id(3)));
    expect(again).toMatchObject({ kind: 'accepted', revision: 2 });

    await other.execute(STREAM, workers('b-service'), metadata(id(4)));
    const { events } = await store.readStream(STREAM, { from: 3, direction: 'forwards', max: 1 });
    for (const event of events) follower.observe(event);
    expect((await follower.load(STREAM)).head.revision).toBe(3);
  });
});

describe('a process that has the log to itself', () => {
  it('reads a stream once', async () => {
    const only = process(false);
    await only.load(STREAM);
    await only.load(STREAM);
    expect(reads).toBe(1);
  });
});
