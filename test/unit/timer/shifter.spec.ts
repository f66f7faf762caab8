import { describe, expect, it } from 'vitest';
import { sagaStream } from '../../../src/domain/saga/aggregate.ts';
import type { ShiftTimersInput } from '../../../src/commands/timer/inputs.ts';
import { LogDamaged } from '../../../src/infra/event-store/errors.ts';
import type { EventStore } from '../../../src/infra/event-store/port.ts';
import { flowAt } from '../../support/read-models.ts';
import { sequential, step } from '../../support/saga-builders.ts';
import { context, timerWorld } from '../../support/timer-world.ts';
import type { TimerWorld } from '../../support/timer-world.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const retry = { maxRetries: 1, backoffMs: 10 * MINUTE, maxBackoffMs: 10 * MINUTE, jitter: 1 };
/** Backs off for up to ten minutes; the later the larger its number. */
const retrying = sequential([step('a', { retry })]);
/** Given up where no worker takes it within ten minutes. */
const offered = sequential([step('a', { scheduleTimeoutMs: 10 * MINUTE })]);

const asked = { filter: {}, reason: 'they are closed', perSecond: 100, dryRun: false };
const input = (some: Partial<ShiftTimersInput> = {}): ShiftTimersInput => ({ ...asked, byMs: HOUR, ...some });
const world = async (): Promise<TimerWorld> => {
  const made = timerWorld();
  await made.define('retrying', retrying);
  await made.define('offered', offered);
  return made;
};
/** Due after this share of ten minutes, more than 0. */
const backingOff = async ({ started, failedOnce }: TimerWorld, number: number, share: number) => {
  const flowId = await started(number, 'retrying', retrying);
  await failedOnce(flowId, retrying, 1 - share);
  return flowId;
};

/** A log that takes nothing more of one stream: that is damaged. */
const refusingAppends =
  (damaged: string) =>
  (store: EventStore): EventStore => ({
    ...store,
    append: (stream, ...given) =>
      stream === damaged
        ? Promise.resolve({ kind: 'refused', code: 'integrity', detail: 'another hash' })
        : store.append(stream, ...given),
  });

const shiftIdOf = (result: Awaited<ReturnType<TimerWorld['shift']>>): string => {
  if (result.kind !== 'done') throw new Error(result.code);
  return result.value.shiftId;
};

describe('a shift of timers', () => {
  it('moves those that match, run by run, and says what became of each', async () => {
    const made = await world();
    const [moved, other] = [await backingOff(made, 1, 0.5), await backingOff(made, 2, 0.9)];
    const answer = await made.shift(
      [moved, other, flowAt(9)],
      input({ filter: { before: new Date(made.clock.now() + 6 * MINUTE).toISOString() } }),
      context,
    );
    const shiftId = shiftIdOf(answer);
    expect(answer).toMatchObject({ value: { runs: 3 }, replayed: false });
    expect(await made.view(shiftId)).toMatchObject({ isFinished: false, results: [] });
    made.startShifter();
    await made.pass(1000);
    expect(await made.view(shiftId)).toMatchObject({
      ...{ shiftId, isFinished: true, runs: 3, timersMoved: 1, reason: 'they are closed', owner: 'erik' },
      counts: { moved: 1, unchanged: 1, refused: 1 },
      results: [
        { flowId: moved, outcome: 'moved', moved: 1, code: null },
        { flowId: other, outcome: 'unchanged', moved: 0, code: null },
        { flowId: flowAt(9), outcome: 'refused', moved: 0, code: 'unknown_run' },
      ],
    });
    const [last] = made.log.stream(sagaStream(moved)).slice(-1);
    expect(last).toMatchObject({
      ...{ type: 'TimerRescheduled', data: { reason: 'they are closed' } },
      metadata: { actor: { id: 'erik' } },
    });
  });

  it('moves them to one time', async () => {
    const made = await world();
    const flowId = await backingOff(made, 1, 0.5);
    const until = made.clock.now() + HOUR;
    await made.shift([flowId], { ...asked, to: new Date(until).toISOString() }, context);
    made.startShifter();
    await made.pass(1000);
    expect(made.log.stream(sagaStream(flowId)).at(-1)?.data).toMatchObject({ until });
  });

  it('of nothing is over at once; of more than an event holds it is refused', async () => {
    const made = await world();
    const shiftId = shiftIdOf(await made.shift([], input(), context));
    expect(await made.view(shiftId)).toMatchObject({ isFinished: true, runs: 0 });
    expect(await made.view(flowAt(1))).toBeUndefined();
    const many = Array.from({ length: 10_000 }, (_, number) => flowAt(number));
    expect(await made.shift(many, input(), context)).toMatchObject({ value: { runs: 10_000 } });
    expect(await made.shift([...many, flowAt(10_000)], input(), context)).toMatchObject({
      code: 'too_large',
    });
  });

  it('is the same under the same Idempotency-Key, of the runs that were there first', async () => {
    const made = await world();
    const keyed = { ...context, idempotencyKey: 'k' };
    const first = await made.shift([flowAt(1)], input(), keyed);
    expect(await made.shift([flowAt(1), flowAt(2)], input(), keyed)).toEqual({ ...first, replayed: true });
    const other = await made.shift([flowAt(1)], input({ byMs: 1 }), keyed);
    expect(other).toMatchObject({ kind: 'rejected', code: 'idempotency_key_reused' });
  });

  it('names a run that is damaged, and moves the others', async () => {
    const made = await world();
    const [damaged, moved] = [await backingOff(made, 1, 0.5), await backingOff(made, 2, 0.5)];
    const shiftId = shiftIdOf(await made.shift([damaged, moved], input(), context));
    const other = made.process({
      store: (store) => ({
        ...store,
        readStream: (stream, options) =>
          stream === sagaStream(damaged)
            ? Promise.reject(new LogDamaged(stream, 1, 'the hash does not match'))
            : store.readStream(stream, options),
      }),
    });
    made.startShifter(other);
    await made.pass(1000);
    expect(await made.view(shiftId)).toMatchObject({
      isFinished: true,
      results: [
        { flowId: damaged, outcome: 'refused', moved: 0, code: 'integrity' },
        { flowId: moved, outcome: 'moved', moved: 1, code: null },
      ],
    });
  });

  it('names a run that the log takes nothing for, and moves the others', async () => {
    const made = await world();
    const [damaged, moved] = [await backingOff(made, 1, 0.5), await backingOff(made, 2, 0.5)];
    const shiftId = shiftIdOf(await made.shift([damaged, moved], input(), context));
    const store = refusingAppends(sagaStream(damaged));
    made.startShifter(made.process({ store }));
    await made.pass(1000);
    const { isFinished, results } = (await made.view(shiftId)) ?? {};
    expect([isFinished, results?.map(({ code }) => code)]).toEqual([true, ['integrity', null]]);
  });

  it('that is damaged holds up no other', async () => {
    const made = await world();
    const flowId = await backingOff(made, 1, 0.5);
    const damaged = shiftIdOf(await made.shift([flowId], input({ byMs: 1 }), context));
    const other = shiftIdOf(await made.shift([flowId], input(), context));
    const process = made.process({ store: refusingAppends(`timershift-${damaged}`) });
    made.startShifter(process);
    await made.pass(1000);
    expect(process.unreadable).toEqual([damaged]);
    expect(await made.view(other)).toMatchObject({ isFinished: true, timersMoved: 1 });
  });

  it('goes on at its pace', async () => {
    const made = await world();
    const flowIds = [];
    for (let number = 0; number < 10; number += 1) flowIds.push(await backingOff(made, number, 0.5));
    const shiftId = shiftIdOf(await made.shift(flowIds, input({ perSecond: 2 }), context));
    made.startShifter();
    await made.settled();
    for (const done of [1, 2, 3]) {
      expect((await made.view(shiftId))?.results).toHaveLength(done);
      await made.pass(500);
    }
    await made.pass(5000);
    expect(await made.view(shiftId)).toMatchObject({ isFinished: true, timersMoved: 10 });
  });

  it('leaves alone what is paused or has ended meanwhile', async () => {
    const made = await world();
    const { deps, log } = made;
    const [paused, ended] = [await backingOff(made, 1, 0.5), await made.started(2, 'offered', offered)];
    const say = async (flowId: string, type: 'PauseSaga' | 'CancelSaga') => {
      const facts = { now: 0, random: 0, workers: new Map(), definition: null };
      const { state } = await deps.sagas.load(sagaStream(flowId));
      if (state.kind === 'absent' || state.definition === null) throw new Error('no run');
      const definition = { ...state.definition, content: retrying };
      const how = { timers: 'keep-due', undo: false, reason: null } as const;
      const metadata = {
        commandId: flowId,
        causationId: flowId,
        correlationId: flowId,
        actor: context.actor,
      };
      const command = { type, ...how, facts: { ...facts, definition } } as const;
      await deps.sagas.execute(sagaStream(flowId), command, metadata);
    };
    await say(paused, 'PauseSaga');
    await say(ended, 'CancelSaga');
    const before = log.all().length;
    const shiftId = shiftIdOf(await made.shift([paused, ended], input(), context));
    made.startShifter();
    await made.pass(1000);
    expect((await made.view(shiftId))?.results.map(({ code }) => code)).toEqual(['run_paused', 'run_ended']);
    const written = log.all().slice(before);
    expect(written.every(({ stream }) => stream.startsWith('timershift-'))).toBe(true);
  });
});

const COUNT = 10_000;

/** Half of them back off, half are on offer; each is due at a time of its own within ten minutes. */
const manyTimers = async (made: TimerWorld): Promise<ReadonlyMap<string, number>> => {
  const dueAt = new Map<string, number>();
  for (let number = 0; number < COUNT / 2; number += 1) {
    const flowId = await made.started(number, 'offered', offered);
    dueAt.set(flowId, made.clock.now() + 10 * MINUTE);
    await made.pass((20 * MINUTE) / COUNT);
  }
  for (let number = COUNT / 2; number < COUNT; number += 1) {
    const share = (2 * (number + 1)) / COUNT - 1;
    dueAt.set(await backingOff(made, number, share), made.clock.now() + Math.round(10 * MINUTE * share));
  }
  return dueAt;
};

describe('ten thousand timers that are moved while some fire', () => {
  it(
    'fire once each: at their new time, or at the old one where it came first',
    { timeout: 240_000 },
    async () => {
      const made = await world();
      const dueAt = await manyTimers(made);
      await made.startEngine();
      // Those due first may be the last to be moved.
      const flowIds = [...dueAt.keys()].toSorted((one, other) => (one.slice(-3) > other.slice(-3) ? -1 : 1));
      const shiftId = shiftIdOf(await made.shift(flowIds, input(), context));
      const stop = made.startShifter();
      await made.pass(30_000);
      // A process ends in the middle of it, then two believe that it is theirs.
      await stop();
      await made.pass(5000);
      made.startShifter();
      made.startShifter(made.process());
      await made.pass(2 * HOUR);
      const view = await made.view(shiftId);
      expect(view).toMatchObject({ isFinished: true, runs: COUNT });
      expect(view?.results.map(({ flowId }) => flowId)).toEqual(flowIds);
      const moved = new Map(view?.results.map(({ flowId, moved: count }) => [flowId, count]));
      const wrong = flowIds.filter((flowId) => {
        const shifts = made.typesOf(flowId).filter((type) => type === 'TimerRescheduled').length;
        const due = (dueAt.get(flowId) ?? 0) + shifts * HOUR;
        return shifts !== moved.get(flowId) || shifts > 1 || firedAt(made, flowId).join() !== String(due);
      });
      expect(wrong).toEqual([]);
      const count = view?.timersMoved ?? 0;
      expect(count).toBeGreaterThan(COUNT / 2);
      expect(COUNT - count).toBeGreaterThan(COUNT / 20);
    },
  );
});

/** When a run's timer fired, each time it did. */
const firedAt = ({ log }: TimerWorld, flowId: string): readonly number[] =>
  log.stream(sagaStream(flowId)).flatMap(({ type, data, metadata }) => {
    const isRetry = type === 'StepDispatched' && JSON.stringify(data).includes('"attempt":2');
    return isRetry || type === 'StepTimedOut' ? [Date.parse(metadata.recordedAt)] : [];
  });
