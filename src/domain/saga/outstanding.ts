import type { StepAction } from '../names.ts';
import type { ActionRun, SagaRun } from './state.ts';

type OnAction = { readonly step: string; readonly action: StepAction };

/** What a run needs from the world around it, as it stands. */
export type Outstanding = {
  /** Attempts in flight. While the run is paused none of them may be handed out. */
  readonly tasks: readonly (OnAction & Pick<ActionRun, 'attempt' | 'iteration' | 'until' | 'transport'>)[];
  /** Steps that wait for a worker to register. */
  readonly waiting: readonly OnAction[];
  /** Earliest time at which the run has something to do by itself; null when no timer is armed. */
  readonly wakeAt: number | null;
  readonly awaitsDefinition: boolean;
  readonly isPaused: boolean;
};

export const nothingOutstanding: Outstanding = {
  tasks: [],
  waiting: [],
  wakeAt: null,
  awaitsDefinition: false,
  isPaused: false,
};

/** Derived from the state alone, so that asking again after any crash gives the same answer. */
export const outstanding = (run: SagaRun): Outstanding => {
  if (run.ended !== null) return nothingOutstanding;
  const isPaused = run.paused !== null;
  const actions = openActions(run);
  const timers = actions.flatMap(({ current }) => current.until ?? []);
  return {
    tasks: actions
      .filter(({ current }) => current.status === 'dispatched')
      .map(({ step, action, current: { attempt, iteration, until, transport } }) => ({
        ...{ step, action },
        ...{ attempt, iteration, until, transport },
      })),
    waiting: isPaused
      ? []
      : actions
          .filter(({ current }) => current.status === 'waiting')
          .map(({ step, action }) => ({ step, action })),
    wakeAt: isPaused || timers.length === 0 ? null : Math.min(...timers),
    awaitsDefinition: run.awaitsDefinition && !isPaused,
    isPaused,
  };
};

/**
 * Earliest time after this one at which the run has something to do by itself; null when no timer is armed then. What
 * stays with its worker past its deadline is looked at again after so many milliseconds: it may be given back.
 */
export const wakeAfter = (run: SagaRun, now: number, lookAgainMs: number): number | null => {
  if (run.ended !== null || run.paused !== null) return null;
  const times = openActions(run).flatMap(({ current }) => current.until ?? []);
  const next = Math.min(...times.map((until) => (until > now ? until : now + lookAgainMs)));
  return next === Infinity ? null : next;
};

const openActions = (run: SagaRun) =>
  [...run.steps].flatMap(([step, actions]) => {
    const current = actions[run.phase];
    return current === null ? [] : [{ step, action: run.phase, current }];
  });
