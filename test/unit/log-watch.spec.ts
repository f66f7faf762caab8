import { setImmediate as settled } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { EventBatch, StoredEvent } from '../../src/infra/event-store/port.ts';
import { START } from '../../src/infra/event-store/port.ts';
import { logWatch } from '../../src/infra/projector/log-watch.ts';
import { manualClock } from '../support/manual-clock.ts';
import { memoryLog } from '../support/memory-log.ts';

/** A log whose batches come when the test says so, watched at most every 10 ms, in a rush every 30. */
const watched = () => {
  const clock = manualClock();
  let told = 0;
  const event: StoredEvent = memoryLog().append('saga-1', 'SagaStarted');
  const { readable, writable } = new TransformStream<EventBatch>();
  const writer = writable.getWriter();
  const log = { lastPosition: () => Promise.resolve(START), subscribe: () => readable };
  const watch = logWatch(log, () => (told += 1), {
    clock,
    ms: (events) => (events < 3 ? 10 : 30),
  });
  void watch.run(new AbortController().signal);
  return {
    told: () => told,
    seen: watch.seen,
    hurry: watch.hurry,
    pass: (ms: number) => clock.advance(ms, settled),
    move: async (): Promise<void> => {
      await writer.write({ events: [event], position: event.position, caughtUp: true });
      await settled();
    },
  };
};

describe('the watch over the log', () => {
  it('tells of a move at once, and of the next ones together once their time has come', async () => {
    const { told, seen, pass, move } = watched();
    await move();
    expect(told()).toBe(1);
    seen();
    await move();
    await move();
    await pass(9);
    expect(told()).toBe(1);
    await pass(1);
    expect(told()).toBe(2);
    seen();
    await pass(100);
    expect(told()).toBe(2);
  });

  it('tells less often where much comes', async () => {
    const { told, seen, pass, move } = watched();
    await move();
    seen();
    await move();
    await move();
    await move();
    await pass(10);
    expect(told()).toBe(2);
    seen();
    await move();
    await pass(29);
    expect(told()).toBe(2);
    await pass(1);
    expect(told()).toBe(3);
    seen();
    await move();
    await pass(10);
    expect(told()).toBe(4);
  });

  it('tells at once of what waits for its time, when somebody waits for it', async () => {
    const { told, seen, hurry, pass, move } = watched();
    await move();
    seen();
    await move();
    expect(told()).toBe(1);
    hurry();
    expect(told()).toBe(2);
    seen();
    await pass(100);
    expect(told()).toBe(2);
  });

  it('tells nothing to somebody in a hurry that has been told already, or is not there', async () => {
    const { told, seen, hurry, move } = watched();
    hurry();
    expect(told()).toBe(0);
    await move();
    hurry();
    expect(told()).toBe(1);
    seen();
    hurry();
    expect(told()).toBe(1);
  });

  it('tells again of what came while the last message was on its way', async () => {
    const { told, seen, pass, move } = watched();
    await move();
    await move();
    expect(told()).toBe(1);
    seen();
    await pass(10);
    expect(told()).toBe(2);
  });
});
