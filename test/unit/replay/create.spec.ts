import { describe, expect, it } from 'vitest';
import { createExecutor } from '../../../src/commands/execute.ts';
import { createReplay } from '../../../src/commands/replay/create-replay.ts';
import { createReplayInput } from '../../../src/commands/replay/inputs.ts';
import { steerReplay } from '../../../src/commands/replay/steer-replay.ts';
import { replayAggregate, replayStream } from '../../../src/domain/replay/aggregate.ts';
import { systemIds } from '../../../src/infra/clock/system.ts';
import type { EventStore } from '../../../src/infra/event-store/port.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { openLog } from '../../support/open-log.ts';
import { context } from '../../support/replay-world.ts';

const input = createReplayInput.parse({ target: { kind: 'sink' } });
const keyed = { ...context, idempotencyKey: 'monday' };
const brought = { ...context, commandId: systemIds().next() };

/** A process that has just been started on this log. */
const processOn = (store: EventStore) => {
  const replays = createExecutor({ store, clock: manualClock() }, replayAggregate);
  const targets = { check: () => undefined };
  const ids = systemIds();
  return {
    replays,
    create: createReplay({ replays, targets, ids }),
    ...steerReplay({ replays, store, ids }),
  };
};

describe('making a replay session under a key, or by a command that may come again', () => {
  it.each([
    ['key', keyed],
    ['command', brought],
  ])(
    'answers the same %s with the same session after a restart, however far it has come since',
    async (_, call) => {
      const store = await openLog();
      const before = processOn(store);
      const first = await before.create(input, call);
      if (first.kind !== 'done') throw new Error(first.code);
      const { sessionId } = first.value;
      await before.cancelReplay(sessionId, { reason: 'enough' }, context);
      const after = processOn(store);
      expect(await after.create(input, call)).toMatchObject({ value: { sessionId }, replayed: true });
      expect((await after.replays.load(replayStream(sessionId))).head.revision).toBe(1);
      const other = { ...input, speed: 2 };
      expect(await after.create(other, call)).toMatchObject({ code: 'idempotency_key_reused' });
    },
  );
});

describe('steering a replay session under a key', () => {
  it.each(['startReplay', 'pauseReplay', 'resumeReplay', 'cancelReplay'] as const)(
    'answers %s alike for the same reason, and refuses the key for another one',
    async (step) => {
      const store = await openLog();
      const { create, replays, ...steering } = processOn(store);
      const made = await create(input, context);
      if (made.kind !== 'done') throw new Error(made.code);
      const { sessionId } = made.value;
      if (step !== 'startReplay') await steering.startReplay(sessionId, { reason: null }, context);
      if (step === 'resumeReplay') await steering.pauseReplay(sessionId, { reason: null }, context);
      const say = (reason: string | null) => steering[step](sessionId, { reason }, keyed);
      expect(await say('why')).toMatchObject({ kind: 'done', replayed: false });
      const { revision } = (await replays.load(replayStream(sessionId))).head;
      expect(await say('why')).toMatchObject({ kind: 'done', replayed: true });
      expect(await say(null)).toMatchObject({ code: 'idempotency_key_reused' });
      expect((await replays.load(replayStream(sessionId))).head.revision).toBe(revision);
    },
  );
});
