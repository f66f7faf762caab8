// Runs with timers over a log in memory, an engine that fires them, and a clock that a test moves.
import { setImmediate as turn } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { simulatedKeys } from '../../sdk/simulator/keys.ts';
import { simulatedLog } from '../../sdk/simulator/log.ts';
import { simulatedStore } from '../../sdk/simulator/store.ts';
import type { SagaDeps } from '../../src/commands/deps.ts';
import { createEngine } from '../../src/commands/engine/engine.ts';
import { createExecutor } from '../../src/commands/execute.ts';
import { getTimerShift, shiftTimers } from '../../src/commands/timer/request-shift.ts';
import { runTimerShifts } from '../../src/commands/timer/shifter.ts';
import { steerTimers } from '../../src/commands/timer/steer-timers.ts';
import { orchestrationAggregate } from '../../src/domain/orchestration/aggregate.ts';
import type { Definition } from '../../src/domain/orchestration/events.ts';
import { sagaAggregate, sagaStream } from '../../src/domain/saga/aggregate.ts';
import { timerShiftAggregate } from '../../src/domain/timershift/aggregate.ts';
import { systemIds } from '../../src/infra/clock/system.ts';
import { NO_STREAM } from '../../src/infra/event-store/port.ts';
import type { EventStore } from '../../src/infra/event-store/port.ts';
import { memoryTaskQueue } from '../../src/infra/task-queue/memory.ts';
import { manualClock } from './manual-clock.ts';
import { flowAt } from './read-models.ts';
import { fail, KEY, pinned, servedBy } from './saga-builders.ts';

const actor = { kind: 'user', id: 'erik', source: 'http' } as const;
export const context = { actor } as const;

type Instead = { readonly store?: (store: EventStore) => EventStore };

/** What one process has of its own, over the same log. */
const processOver = (store: EventStore, clock: ReturnType<typeof manualClock>) => {
  const shared = { store, clock, isShared: true };
  const deps = {
    ...{ store, clock, queue: memoryTaskQueue(), ids: systemIds(), random: { next: () => 0 } },
    keys: simulatedKeys().through((_label, operate) => Promise.resolve(operate())),
    sagas: createExecutor(shared, sagaAggregate),
    orchestrations: createExecutor(shared, orchestrationAggregate),
    timerShifts: createExecutor(shared, timerShiftAggregate),
  };
  const unreadable: string[] = [];
  const onUnreadable = (shiftId: string): void => void unreadable.push(shiftId);
  const commands = { shift: shiftTimers(deps), view: getTimerShift(deps), ...steerTimers(deps) };
  return {
    deps,
    ...commands,
    shifter: (signal: AbortSignal) => runTimerShifts({ ...deps, onUnreadable }, signal),
    unreadable,
  };
};

export const timerWorld = () => {
  const clock = manualClock();
  const log = simulatedLog(clock.now);
  const store = simulatedStore(log, {
    call: (_label, operate) => Promise.resolve().then(operate),
    append: (_append, write) => Promise.resolve().then(write),
    delivery: () => Promise.resolve({ size: 4096, twist: 'none' }),
    below: () => 0,
  });
  const process = ({ store: change = (given) => given }: Instead = {}) => processOver(change(store), clock);
  const main = process();
  const stopping = new AbortController();
  const running: Promise<unknown>[] = [];
  onTestFinished(async () => {
    stopping.abort();
    await Promise.all(running);
  });

  /** Resolves when what was set off has come to rest: nothing more is written, turn after turn. */
  const settled = async (): Promise<void> => {
    for (let quiet = 0, before = log.all().length; quiet < QUIET_TURNS; quiet += 1) {
      await turn();
      if (log.all().length !== before) quiet = 0;
      before = log.all().length;
    }
  };
  const writes = writerOf(main.deps);
  return {
    ...{ clock, log, ...main, process, settled, ...writes },
    /** Lets time go by, and what follows from it come to rest. */
    pass: async (ms: number): Promise<void> => {
      await settled();
      await clock.advance(ms, settled);
    },
    typesOf: (flowId: string): readonly string[] => log.stream(sagaStream(flowId)).map(({ type }) => type),
    startEngine: async (instead: Partial<Pick<SagaDeps, 'sagas'>> = {}): Promise<void> => {
      const engine = createEngine({ ...main.deps, ...instead, settings: SETTINGS, onTrouble: failed });
      running.push(engine.run(stopping.signal));
      await engine.ready;
    },
    /** The duty, until the world ends or the returned function is called. */
    startShifter: (of = main): (() => Promise<void>) => {
      const own = new AbortController();
      const ended = of.shifter(AbortSignal.any([stopping.signal, own.signal]));
      running.push(ended);
      return () => {
        own.abort();
        return ended;
      };
    },
  };
};
export type TimerWorld = ReturnType<typeof timerWorld>;

const QUIET_TURNS = 6;
/** Leases are looked at so seldom that the clock need not stop for it. */
const SETTINGS = {
  ...{ leaseMs: 30_000, leaseCheckMs: 86_400_000, sweepMs: null },
  pace: { batch: 100, intervalMs: 10 },
};

const failed = (_flowId: string | undefined, error: unknown): never => {
  throw error instanceof Error ? error : new Error(String(error));
};

/** Definitions, and runs that wait for their time. */
const writerOf = ({ store, sagas, ids, clock }: ReturnType<typeof processOver>['deps']) => {
  const metadata = () => {
    const id = ids.next();
    return { commandId: id, causationId: id, correlationId: id, actor, owner: actor.id };
  };
  const known = (definition: Definition, random: number) => ({
    ...{ now: clock.now(), random, definition: pinned(definition) },
    workers: servedBy(definition.steps.map(({ name }) => name)),
  });
  return {
    define: async (orchName: string, definition: Definition): Promise<void> => {
      const steps = definition.steps.map(({ name }) => ({ name, objectType: null, transport: 'http' }));
      const data = { version: 1, hash: 'hash-1', initiator: 'initiator', definition };
      const events = [
        { type: 'DefinitionRegistered', data },
        { type: 'WorkersRegistered', data: { service: 'the-service', steps, unknown: [] } },
      ].map((event) => ({ ...event, eventId: ids.next(), schemaVersion: '1.0' }));
      const written = await store.append(`orchestration-${orchName}`, NO_STREAM, events, metadata());
      if (written.kind !== 'ok') throw new Error(written.kind);
    },
    /** A run whose first step is on offer. @param random of the back-offs */
    started: async (
      number: number,
      orchName: string,
      definition: Definition,
      random = 0,
    ): Promise<string> => {
      const facts = known(definition, random);
      const command = { type: 'StartSaga', orchName, keyId: KEY, input: null, facts } as const;
      await sagas.executeNew(sagaStream(flowAt(number)), command, metadata());
      return flowAt(number);
    },
    /** Its first step has failed, and is to be tried again. */
    failedOnce: async (flowId: string, definition: Definition, random: number): Promise<void> => {
      const [first] = definition.steps;
      const command = fail(first?.name ?? '', known(definition, random));
      await sagas.execute(sagaStream(flowId), command, metadata());
    },
  };
};
