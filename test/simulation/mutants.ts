import type { Sagas } from '../../src/commands/deps.ts';
import {
  dueForEver,
  earlyCheckpoint,
  endlessLeases,
  neverLooksAgain,
  retiresUnasked,
} from './mutants-of-many.ts';
import { effectIdOf } from '../../src/commands/deterministic-ids.ts';
import type { Folded } from '../../src/commands/folded.ts';
import type { SagaCommand } from '../../src/domain/saga/commands.ts';
import { outstanding } from '../../src/domain/saga/outstanding.ts';
import type { SagaState } from '../../src/domain/saga/state.ts';
import { sagaAggregate } from '../../src/domain/saga/aggregate.ts';
import type { SagaAggregate } from '../../src/domain/saga/aggregate.ts';
import type { AppendResult, EventStore, Head } from '../../src/infra/event-store/port.ts';
import { routeOf } from '../../src/infra/task-queue/port.ts';
import type { Mutation, Ports } from '../../sdk/simulator/world.ts';

export type Mutant = {
  readonly name: string;
  readonly mutation: Mutation;
  /** What the simulation must say when it finds it. */
  readonly foundBy: RegExp;
};

type Decide = SagaAggregate['decider']['decide'];

const deciding =
  (change: (decide: Decide) => Decide) =>
  (aggregate: SagaAggregate): SagaAggregate => ({
    ...aggregate,
    decider: { ...aggregate.decider, decide: change(aggregate.decider.decide) },
  });

/** Every call of a command writes under an id of its own. */
const lostDedupe = (sagas: Sagas, { ids }: Ports): Sagas => ({
  ...sagas,
  execute: (stream, command, metadata) =>
    sagas.execute(stream, command, { ...metadata, commandId: ids.next() }),
  executeNew: (stream, command, metadata) =>
    sagas.executeNew(stream, command, { ...metadata, commandId: ids.next() }),
});

/** Turns the arrows of the definition round while a run is being undone. */
const forwards = (command: SagaCommand): SagaCommand => {
  const { definition } = command.facts;
  if (definition === null) return command;
  const { steps } = definition.content;
  const turned = steps.map((step) => ({
    ...step,
    dependsOn: steps.filter(({ dependsOn }) => dependsOn.includes(step.name)).map(({ name }) => name),
  }));
  const content = { ...definition.content, steps: turned };
  return { ...command, facts: { ...command.facts, definition: { ...definition, content } } };
};

/** An append that ended like this is written again, behind whatever is there now and under new ids. */
const freshAppend = (kind: AppendResult['kind'], { store, ids }: Ports): EventStore => ({
  ...store,
  append: async (stream, expected, events, metadata): Promise<AppendResult> => {
    const result = await store.append(stream, expected, events, metadata);
    if (result.kind !== kind || !stream.startsWith('saga-')) return result;
    const { events: stored } = await store.readStream(stream, {
      from: 'end',
      direction: 'backwards',
      max: 1,
    });
    const head: Head = stored[0] ?? expected;
    const fresh = events.map((event) => ({ ...event, eventId: ids.next() }));
    return store.append(stream, head, fresh, { ...metadata, commandId: ids.next() });
  },
});

/** Offers what a command leads to before that is written, and lets workers have it. */
const effectBeforeIntent = (sagas: Sagas, { queue }: Ports): Sagas => {
  const ahead = new Map<string, Folded<SagaState>>();
  const offer = async (flowId: string, { state: run }: Folded<SagaState>): Promise<void> => {
    if (run.kind === 'absent') return;
    for (const { step, action, attempt, iteration } of outstanding(run).tasks) {
      const taskId = effectIdOf(flowId, step, iteration, action);
      const { orchName } = run;
      const route = routeOf(orchName, step);
      await queue.offer({
        taskId,
        route,
        flowId,
        orchName,
        step,
        action,
        attempt,
        iteration,
        timeoutMs: 60_000,
      });
    }
  };
  return {
    ...sagas,
    load: async (stream) => ahead.get(stream) ?? sagas.load(stream),
    execute: async (stream, command, metadata) => {
      const folded = await sagas.load(stream);
      const decision = sagaAggregate.decider.decide(command, folded.state);
      if (decision.kind === 'accepted' && !folded.commands.has(metadata.commandId)) {
        const { evolve } = sagaAggregate.decider;
        const { revision } = folded.head;
        const fold = (state: SagaState, event: (typeof decision.events)[number], index: number) =>
          evolve(state, event, revision + 1 + index);
        ahead.set(stream, { ...folded, state: decision.events.reduce(fold, folded.state) });
        await offer(stream.slice('saga-'.length), ahead.get(stream) ?? folded);
      }
      try {
        return await sagas.execute(stream, command, metadata);
      } finally {
        ahead.delete(stream);
      }
    },
  };
};

/** Forgets the registrations that come while it runs. */
const deafStore = ({ store }: Ports): EventStore => ({
  ...store,
  subscribe: async function* (options) {
    let isLive = false;
    for await (const batch of store.subscribe(options)) {
      const events = batch.events.filter(({ type }) => !isLive || type !== 'WorkersRegistered');
      isLive ||= batch.caughtUp;
      yield { ...batch, events };
    }
  },
});

const EARLY_MS = 60_000;

/** Bugs that the simulation must find; what each one is, and how it shows, stands in mutants.md. */
export const mutants: readonly Mutant[] = [
  { name: 'lost-dedupe', mutation: { sagas: lostDedupe }, foundBy: /I-0[123]/ },
  {
    name: 'forward-undo',
    mutation: {
      aggregate: deciding((decide) => (command, state) => {
        const isUndoing = state.kind === 'run' && state.phase === 'undo';
        return decide(isUndoing ? forwards(command) : command, state);
      }),
    },
    foundBy: /I-23/,
  },
  {
    name: 'fresh-append',
    mutation: { ports: (ports) => ({ ...ports, store: freshAppend('ambiguous', ports) }) },
    foundBy: /I-|StreamGap/,
  },
  {
    name: 'unfenced-answers',
    mutation: {
      aggregate: deciding(
        (decide) => (command, state) =>
          decide(command.type === 'AnswerStep' ? { ...command, attempt: null } : command, state),
      ),
    },
    foundBy: /I-26/,
  },
  { name: 'effect-before-intent', mutation: { sagas: effectBeforeIntent }, foundBy: /I-21/ },
  {
    name: 'early-retry',
    mutation: {
      aggregate: deciding((decide) => (command, state) => {
        const isEarly = command.type === 'AdvanceSaga';
        const now = command.facts.now + (isEarly ? EARLY_MS : 0);
        return decide({ ...command, facts: { ...command.facts, now } }, state);
      }),
    },
    foundBy: /I-25/,
  },
  {
    name: 'lost-wake-up',
    mutation: { ports: (ports) => ({ ...ports, store: deafStore(ports) }) },
    foundBy: /I-27/,
  },
  {
    name: 'checkpoint-before-effect',
    mutation: { ports: (ports) => ({ ...ports, snapshots: earlyCheckpoint(ports) }) },
    foundBy: /I-27/,
  },
  {
    name: 'timer-fired-twice',
    mutation: {
      aggregate: dueForEver,
    },
    foundBy: /I-2/,
  },
  {
    name: 'overridden-conflict',
    mutation: { ports: (ports) => ({ ...ports, store: freshAppend('conflict', ports) }) },
    foundBy: /I-|StreamGap|while paused/,
  },
  { name: 'stale-registration', mutation: { orchestrations: neverLooksAgain }, foundBy: /I-01|I-27/ },
  {
    name: 'stale-claim',
    mutation: { executors: (deps) => ({ ...deps, isShared: false }) },
    foundBy: /I-|stands before one/,
  },
  {
    name: 'endless-lease',
    mutation: { ports: (ports) => ({ ...ports, leases: endlessLeases(ports) }) },
    foundBy: /I-27/,
  },
  {
    name: 'untaken-though-taken',
    mutation: { ports: (ports) => ({ ...ports, queue: retiresUnasked(ports) }) },
    foundBy: /I-23/,
  },
];
