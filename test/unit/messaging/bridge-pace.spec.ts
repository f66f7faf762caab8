import { setImmediate as settled } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { START } from '../../../src/infra/event-store/port.ts';
import type { EventBatch, EventStore, Position } from '../../../src/infra/event-store/port.ts';
import type { OutRecord } from '../../../src/infra/message-bus/port.ts';
import { noneRelayed, runBridge } from '../../../src/infra/messaging/out/bridge.ts';
import { createTopics } from '../../../src/infra/messaging/topics.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { memoryLog } from '../../support/memory-log.ts';

/** A log that gives whoever asks all it has by then, as the embedded one does. */
const followedLog = () => {
  const log = memoryLog();
  let wake = (): void => undefined;
  async function* subscribe({
    after,
    signal,
  }: Parameters<EventStore['subscribe']>[0]): AsyncGenerator<EventBatch> {
    signal.addEventListener('abort', () => wake());
    for (let from: Position = after; ;) {
      const { events, position } = await log.readAll({ after: from, max: 1024 });
      if (events.length > 0) yield { events, position, caughtUp: true };
      from = position;
      if (signal.aborted) return;
      if ((await log.lastPosition()) === from) await new Promise<void>((resolve) => (wake = resolve));
    }
  }
  return { ...log, subscribe, wake: () => wake() };
};

/** Settles with the batches that are on the bus, by how many records each has. */
const bridged = () => {
  const clock = manualClock();
  const log = followedLog();
  const batches: number[] = [];
  const topics = createTopics({ namespace: 'skald' });
  const over = new AbortController();
  const fail = (error: unknown): void => {
    throw error;
  };
  const running = runBridge(
    {
      store: log,
      clock,
      checkpoints: { load: () => Promise.resolve(START), save: () => Promise.resolve() },
      bus: {
        publish: (records: readonly OutRecord[]) => {
          batches.push(records.length);
          return Promise.resolve({ kind: 'ok' });
        },
        ensureTopics: () => Promise.resolve(),
      },
      context: { namespace: 'skald', cursorOf: (position) => position, topics },
      registrations: { wasDefined: () => Promise.resolve(false), stepsOverKafka: () => Promise.resolve([]) },
      documented: () => undefined,
      topicsFor: () => [],
      counts: noneRelayed(),
      onTrouble: fail,
    },
    over.signal,
  );
  return {
    batches,
    pass: (ms: number) => clock.advance(ms, settled),
    happen: async (stream: string): Promise<void> => {
      log.append(stream, 'SagaCompleted');
      log.wake();
      await settled();
    },
    stop: (): Promise<void> => {
      over.abort();
      return running;
    },
  };
};

describe('the pace of the bridge', () => {
  it('sends what comes alone at once, and what comes within 50 ms behind it together, no later', async () => {
    const { batches, happen, pass, stop } = bridged();
    await settled();
    await happen('saga-1');
    expect(batches).toEqual([1]);
    await happen('saga-2');
    await pass(30);
    await happen('saga-3');
    await pass(19);
    expect(batches).toEqual([1]);
    await pass(1);
    expect(batches).toEqual([1, 2]);
    await pass(50);
    await happen('saga-4');
    expect(batches).toEqual([1, 2, 1]);
    await stop();
  });

  it('stops in the middle of a pause', async () => {
    const { batches, happen, stop } = bridged();
    await settled();
    await happen('saga-1');
    await stop();
    expect(batches).toEqual([1]);
  });
});
