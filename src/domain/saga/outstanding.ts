import type { OnAction } from '../names.ts';
import type { ActionRun, SagaRun } from './state.ts';

/** An attempt in flight. */
type OpenTask = OnAction & Pick<ActionRun, 'attempt' | 'iteration' | 'until' | 'transport'>;

/** What a run needs from the world around it, as it stands. */
export type Outstanding = {
  /** Attempts in flight. While the run is paused none of them may be handed out. */
  readonly tasks: readonly OpenTask[];
  /** Steps that wait for a worker to register. */
  readonly waiting: readonly OnAction[];
  /** Earliest time at which the run has something to do by itself; null when no timer is armed. */
  readonly wakeAt: number | null;
  readonly awaitsDefinition: boolean;
  readonly isPaused: boolean;
};

const nothing: Outstanding = {
  tasks: [],
  waiting: [],
  wakeAt: null,
  awaitsDefinition: false,
  isPaused: false,
};

/** Derived from the state alone, so that asking again after any crash gives the same answer. */
export const outstanding = (run: SagaRun): Outstanding => {
  if (run.ended !== null) return nothing;
  const action = run.phase;
  const tasks: OpenTask[] = [];
  const waiting: OnAction[] = [];
  let wakeAt: number | null = null;
  for (const [step, actions] of run.steps) {
    const current = actions[action];
    if (current === null) continue;
    const { status, attempt, iteration, until, transport } = current;
    if (status === 'dispatched') tasks.push({ step, action, attempt, iteration, until, transport });
    if (status === 'waiting') waiting.push({ step, action });
    wakeAt = earlier(wakeAt, until);
  }
  if (run.paused !== null) return { ...nothing, tasks, isPaused: true };
  return { tasks, waiting, wakeAt, awaitsDefinition: run.awaitsDefinition, isPaused: false };
};

const earlier = (one: number | null, other: number | null): number | null =>
  one === null || other === null ? (one ?? other) : Math.min(one, other);

/**
 * Earliest time after this one at which the run has something to do by itself; null when no timer is armed then. What
 * stays with its worker past its deadline is looked at again after so many milliseconds: it may be given back.
 */
export const wakeAfter = (run: SagaRun, now: number, lookAgainMs: number): number | null => {
  if (run.ended !== null || run.paused !== null) return null;
  let next: number | null = null;
  for (const actions of run.steps.values()) {
    const until = actions[run.phase]?.until ?? null;
    next = earlier(next, until !== null && until <= now ? now + lookAgainMs : until);
  }
  return next;
};
