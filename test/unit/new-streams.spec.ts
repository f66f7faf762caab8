import { beforeEach, describe, expect, it } from 'vitest';
import { createExecutor } from '../../src/commands/execute.ts';
import { orchestrationAggregate, orchestrationStream } from '../../src/domain/orchestration/aggregate.ts';
import type { AppendMetadata } from '../../src/domain/event.ts';
import type { EventStore } from '../../src/infra/event-store/port.ts';
import { manualClock } from '../support/manual-clock.ts';
import { openLog } from '../support/open-log.ts';

const STREAM = orchestrationStream('tenant');

let store: EventStore;
let reads: number;
beforeEach(async () => {
  store = await openLog();
  reads = 0;
});

/** With an empty memory. */
const executor = () => {
  const counted: EventStore = {
    ...store,
    readStream: (stream, options) => {
      reads += 1;
      return store.readStream(stream, options);
    },
  };
  return createExecutor({ store: counted, clock: manualClock() }, orchestrationAggregate);
};

const metadata = (last: number): AppendMetadata => {
  const commandId = `00000000-0000-4000-8000-${String(last).padStart(12, '0')}`;
  const actor = { kind: 'service', id: 'test', source: 'test' } as const;
  return { commandId, causationId: commandId, correlationId: commandId, actor, owner: actor.id };
};
const workers = (service: string) =>
  ({
    type: 'RegisterWorkers',
    service,
    steps: [{ name: 'create', objectType: null }],
    transport: 'http',
  }) as const;

describe('a command to a stream that is most likely new', () => {
  it('is decided and written without a read', async () => {
    const { executeNew, load } = executor();
    const outcome = await executeNew(STREAM, workers('a-service'), metadata(1));
    expect(outcome).toMatchObject({ kind: 'accepted', revision: 0 });
    expect([...(await load(STREAM)).state.workers.keys()]).toEqual(['a-service']);
    expect(reads).toBe(0);
  });

  it('is decided again on what is there, where something is', async () => {
    await executor().execute(STREAM, workers('a-service'), metadata(1));
    const { executeNew } = executor();
    const other = await executeNew(STREAM, workers('b-service'), metadata(2));
    expect(other).toMatchObject({ kind: 'accepted', revision: 1 });
    const { head, events } = await store.readStream(STREAM, { from: 0, direction: 'forwards', max: 9 });
    expect([head, events.length]).toEqual([1, 2]);
  });

  it('changes nothing where everything is as it says already', async () => {
    await executor().execute(STREAM, workers('a-service'), metadata(1));
    const again = await executor().executeNew(STREAM, workers('a-service'), metadata(2));
    expect(again).toMatchObject({ kind: 'accepted', events: [], revision: 0 });
  });
});

describe('who is told of an event before its writer has heard of it', () => {
  it('sees it in what it loads', async () => {
    const seen: string[][] = [];
    const told: EventStore = {
      ...store,
      append: async (...given) => {
        const result = await store.append(...given);
        const { state } = await other.reload(STREAM);
        seen.push([...state.workers.keys()]);
        return result;
      },
    };
    const other = createExecutor({ store: told, clock: manualClock() }, orchestrationAggregate);
    await other.execute(STREAM, workers('a-service'), metadata(1));
    await other.execute(STREAM, workers('b-service'), metadata(2));
    expect(seen).toEqual([['a-service'], ['a-service', 'b-service']]);
  });
});
