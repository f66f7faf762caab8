import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createExecutor } from '../../src/commands/execute.ts';
import type { AppendMetadata } from '../../src/domain/event.ts';
import { sagaAggregate, sagaStream } from '../../src/domain/saga/aggregate.ts';
import type { SagaCommand } from '../../src/domain/saga/commands.ts';
import type { SagaState } from '../../src/domain/saga/state.ts';
import type { EventStore, StoredEvent } from '../../src/infra/event-store/port.ts';
import { plainLog } from '../support/plain-log.ts';
import { scripts } from '../support/saga-scripts.ts';
import { sagaWorld } from '../support/saga-world.ts';

const STREAM = sagaStream('0191e1f0-0000-7000-8000-000000000001');
const NOTHING = sagaAggregate.decider.initial;
const actor = { kind: 'service', id: 'test', source: 'test' } as const;

/** How a command goes: by which process, again under the id of the one before, beside the next one, and what becomes of it. */
const call = fc.record({
  process: fc.nat(2),
  isAgain: fc.constantFrom(true, false, false),
  isTogether: fc.boolean(),
  /** An append is answered with the data it was given, as by the embedded log, with what is read back, or not at all. */
  fate: fc.constantFrom('given', 'given', 'given', 'read', 'lost'),
  turns: fc.nat(4),
});
type Call = typeof call extends fc.Arbitrary<infer One> ? One : never;

const turnsOf = async ({ turns }: Call): Promise<void> => {
  for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
};

type Tell = (event: StoredEvent) => void;

/** The log as a process meets it. Who follows it is told of an append before its answer comes. */
const troubled = (log: EventStore, next: () => Call, tell: Tell): EventStore => ({
  ...log,
  append: async (stream, expected, events, metadata) => {
    const way = next();
    await turnsOf(way);
    // At one moment: in between another process could append.
    const [before, result, after] = await Promise.all([
      log.lastPosition(),
      log.append(stream, expected, events, metadata),
      log.lastPosition(),
    ]);
    const isNew = before !== after;
    if (isNew && result.kind === 'ok') result.events.forEach(tell);
    await turnsOf(way);
    if (way.fate === 'lost') return { kind: 'ambiguous', cause: undefined };
    if (way.fate === 'read' || result.kind !== 'ok' || !isNew) return result;
    return { kind: 'ok', events: result.events.map((event, at) => ({ ...event, data: events[at]?.data })) };
  },
  readStream: async (...query) => {
    await turnsOf(next());
    return log.readStream(...query);
  },
});

const metadata = (id: number): AppendMetadata => {
  const commandId = `00000000-0000-4000-8000-${String(id).padStart(12, '0')}`;
  return { commandId, causationId: commandId, correlationId: commandId, actor, owner: actor.id };
};

/** The state after each event of the log, as anybody folds it who reads it from its start. */
const statesIn = async (log: EventStore): Promise<readonly SagaState[]> => {
  const { events } = await log.readStream(STREAM, { from: 0, direction: 'forwards', max: 10_000 });
  let state = NOTHING;
  return events.map((event) => {
    state = sagaAggregate.decider.evolve(state, sagaAggregate.parse(event), event.revision);
    return state;
  });
};

/** One that has the log to itself, or three that share it; one follows it, and then knows what it was told of. */
const processesOn = (log: EventStore, next: () => Call, isShared: boolean) => {
  let now = 0;
  const schedule = (delayMs: number, task: () => void) => {
    now += delayMs;
    queueMicrotask(task);
    return () => undefined;
  };
  const looks: Promise<void>[] = [];
  const look = async ({ revision }: StoredEvent): Promise<void> => {
    expect((await follower.load(STREAM)).head.revision).toBeGreaterThanOrEqual(revision);
  };
  const tell: Tell = (event) => {
    follower.observe(event);
    looks.push(look(event));
  };
  const deps = { store: troubled(log, next, tell), clock: { now: () => now, schedule }, isShared };
  const follower = createExecutor({ ...deps, isFollowed: true }, sagaAggregate);
  const others = isShared
    ? [createExecutor(deps, sagaAggregate), createExecutor({ ...deps, cacheBytes: 1 }, sagaAggregate)]
    : [];
  return { processes: [follower, ...others], follower, looks };
};

/** Sends the commands; after each group that went together, what every process knows is what the log says. */
const play = async (commands: readonly SagaCommand[], calls: readonly Call[], isShared: boolean) => {
  const log = plainLog(() => 0);
  const drawn = endless(calls);
  const { processes, follower, looks } = processesOn(log, endless(calls), isShared);
  const seen = { written: 0, replayed: 0 };
  const send = async (command: SagaCommand, id: number, { process }: Call): Promise<void> => {
    const executor = processes[process] ?? follower;
    const outcome = await executor[id === 0 ? 'executeNew' : 'execute'](STREAM, command, metadata(id));
    if (outcome.kind !== 'accepted' || outcome.revision < 0) return;
    seen[outcome.replayed ? 'replayed' : 'written'] += 1;
    expect(outcome.state).toEqual((await statesIn(log))[outcome.revision]);
  };
  let [id, together]: [number, Promise<void>[]] = [0, []];
  for (const [index, command] of commands.entries()) {
    const way = drawn();
    id = way.isAgain && id > 0 ? id : index;
    together.push(send(command, id, way));
    if (way.isTogether) continue;
    await Promise.all(together);
    together = [];
    const last = (await statesIn(log)).at(-1) ?? NOTHING;
    for (const one of processes) expect((await one.reload(STREAM)).state).toEqual(last);
  }
  await Promise.all([...together, ...looks]);
  return seen;
};

const endless = (calls: readonly Call[]): (() => Call) => {
  let at = 0;
  return () => {
    const way = calls[at % calls.length];
    at += 1;
    if (way === undefined) throw new Error('there is none');
    return way;
  };
};

describe('commands on one stream, from one process or several', () => {
  it('lead to what the log says, whatever each of them remembers of it', async () => {
    let [written, replayed] = [0, 0];
    const calls = fc.array(call, { minLength: 37, maxLength: 37 });
    await fc.assert(
      fc.asyncProperty(scripts, calls, fc.boolean(), async (script, ways, isShared) => {
        const world = sagaWorld(script, () => undefined);
        for (const move of script.moves) world.play(move);
        const seen = await play(world.sent, ways, isShared);
        written += seen.written;
        replayed += seen.replayed;
      }),
      { numRuns: 300 },
    );
    // Commands that nobody took hold of anything.
    expect([written, replayed].every((count) => count > 100)).toBe(true);
  });
});
