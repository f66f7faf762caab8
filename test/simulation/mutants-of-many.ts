import type { Orchestrations } from '../../src/commands/deps.ts';
import { accept } from '../../src/domain/decider.ts';
import type { SagaAggregate } from '../../src/domain/saga/aggregate.ts';
import { sagaDecider } from '../../src/domain/saga/decide.ts';
import type { SagaEvent } from '../../src/domain/saga/events.ts';
import { actionOf } from '../../src/domain/saga/state.ts';
import type { SagaState } from '../../src/domain/saga/state.ts';
import type { Leases } from '../../src/infra/leases/port.ts';
import type { Snapshots } from '../../src/infra/snapshots/port.ts';
import type { TaskQueue } from '../../src/infra/task-queue/port.ts';
import type { Ports } from '../../sdk/simulator/world.ts';

/** A snapshot says that it holds everything up to now, whatever was taken in when it was made. */
export const earlyCheckpoint = ({ snapshots, store }: Ports): Snapshots => ({
  ...snapshots,
  save: async (name, snapshot) => snapshots.save(name, { ...snapshot, position: await store.lastPosition() }),
});

/** A retry that was dispatched is still due: its timer fires again. */
export const dueForEver = (aggregate: SagaAggregate): SagaAggregate => ({
  ...aggregate,
  decider: {
    ...aggregate.decider,
    decide: (command, state) => {
      const decision = aggregate.decider.decide(command, state);
      return decision.kind === 'rejected' ? decision : accept(...decision.events);
    },
    evolve: stillDue,
  },
});

const stillDue = (state: SagaState, event: SagaEvent, revision: number): SagaState => {
  const next = sagaDecider.evolve(state, event, revision);
  if (event.type !== 'StepDispatched' || state.kind === 'absent' || next.kind === 'absent') return next;
  const { step, action, attempt } = event.data;
  const before = actionOf(state, step, action);
  const known = next.steps.get(step);
  if (before?.status !== 'retry' || known === undefined) return next;
  return { ...next, steps: new Map(next.steps).set(step, { ...known, [action]: { ...before, attempt } }) };
};

/** What a process has not followed yet is not looked for. */
export const neverLooksAgain = (orchestrations: Orchestrations): Orchestrations => ({
  ...orchestrations,
  reload: orchestrations.load,
});

/** Who has a lease has it for ever. */
export const endlessLeases = ({ leases }: Ports): Leases => ({
  ...leases,
  acquire: async (name, holder, ttlMs) => {
    const held = await leases.held();
    const isTaken = held.some((lease) => lease.name === name && lease.holder !== holder);
    return isTaken ? undefined : leases.acquire(name, holder, ttlMs);
  },
});

/** Nobody asks the queue whether somebody took a task before it is written that nobody did. */
export const retiresUnasked = ({ queue }: Ports): TaskQueue => ({
  ...queue,
  retire: () => Promise.resolve(true),
});
