import { sagaAggregate } from '../../src/domain/saga/aggregate.ts';
import { wakeAfter } from '../../src/domain/saga/outstanding.ts';
import { actionOf, isAtRest, statusOf } from '../../src/domain/saga/state.ts';
import type { SagaRun, SagaState } from '../../src/domain/saga/state.ts';
import type { StoredEvent } from '../../src/infra/event-store/port.ts';
import type { SimulatedRun } from '../src/simulate/types.ts';

const PREFIX = `${sagaAggregate.category}-`;

/** Where each run stands, as the log says. */
export const createRuns = () => {
  const states = new Map<string, SagaState>();
  const runs = (): readonly (readonly [string, SagaRun])[] =>
    [...states].flatMap(([flowId, state]) => (state.kind === 'run' ? [[flowId, state] as const] : []));
  return {
    note: (events: readonly StoredEvent[]): void => {
      for (const event of events) {
        if (!event.stream.startsWith(PREFIX)) continue;
        const flowId = event.stream.slice(PREFIX.length);
        const { evolve, initial } = sagaAggregate.decider;
        const before = states.get(flowId) ?? initial;
        states.set(flowId, evolve(before, sagaAggregate.parse(event), event.revision));
      }
    },
    areAtRest: (): boolean => runs().every(([, run]) => isAtRest(run)),
    /** When any of them goes on by itself; Infinity where none does. */
    nextDue: (now: number): number =>
      Math.min(...runs().map(([, run]) => wakeAfter(run, now, Infinity) ?? Infinity)),
    all: (): readonly SimulatedRun[] => runs().map(([flowId, run]) => simulatedRun(flowId, run)),
  };
};

const simulatedRun = (flowId: string, run: SagaRun): SimulatedRun => {
  const names = [...run.steps.keys()];
  const of = (name: string) => ({
    do: actionOf(run, name, 'do')?.status ?? null,
    undo: actionOf(run, name, 'undo')?.status ?? null,
  });
  return { flowId, status: statusOf(run), steps: Object.fromEntries(names.map((name) => [name, of(name)])) };
};
