import { sagaDecider } from '../../domain/saga/decide.ts';
import type { SagaCommand } from '../../domain/saga/commands.ts';
import type { SagaEvent } from '../../domain/saga/events.ts';
import type { Facts } from '../../domain/saga/facts.ts';
import type { SagaState } from '../../domain/saga/state.ts';

/** What a decision made in memory would have appended. */
export type Decided = {
  readonly revision: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly events: readonly SagaEvent[];
};

/** A run in memory that decides as a real one does. Nothing that it decides leaves it. */
export const createBench = (initial: SagaState = sagaDecider.initial) => {
  let state = initial;
  const appends: Decided[] = [];

  const after = (events: readonly SagaEvent[], first: number): SagaState =>
    events.reduce((run, event, index) => sagaDecider.evolve(run, event, first + index), state);
  const take = (events: readonly SagaEvent[], at: number): void => {
    if (events.length === 0) return;
    const revision = state.kind === 'run' ? state.revision + 1 : 0;
    state = after(events, revision);
    appends.push({ revision, at, events });
  };

  return {
    state: (): SagaState => state,
    appends: (): readonly Decided[] => appends,
    /** The next event is to stand at this revision: what refers to recorded answers then finds them there. */
    standAt: (revision: number): void => {
      if (state.kind === 'run') state = { ...state, revision: revision - 1 };
    },
    /** Why it was refused; undefined: it was taken. */
    say: (command: SagaCommand): string | undefined => {
      const decision = sagaDecider.decide(command, state);
      if (decision.kind === 'rejected') return decision.code;
      take(decision.events, command.facts.now);
      return undefined;
    },
    /** Takes events as they are, with what follows from them. */
    give: (events: readonly SagaEvent[], facts: Facts): void => {
      const given = after(events, state.kind === 'run' ? state.revision + 1 : 0);
      const next = sagaDecider.decide({ type: 'AdvanceSaga', facts }, given);
      take([...events, ...(next.kind === 'accepted' ? next.events : [])], facts.now);
    },
  };
};
export type Bench = ReturnType<typeof createBench>;
