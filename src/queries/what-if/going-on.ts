import type { RunCommand } from '../../domain/saga/commands.ts';
import type { SagaEvent } from '../../domain/saga/events.ts';
import type { Facts } from '../../domain/saga/facts.ts';
import { outstanding } from '../../domain/saga/outstanding.ts';
import { isUndone } from '../../domain/saga/undo-plan.ts';
import type { SagaRun, SagaState } from '../../domain/saga/state.ts';
import { createBench } from './bench.ts';

export type Hindrance = {
  readonly code: 'worker-missing' | 'undo-lost';
  readonly step: string;
};

export type Ahead = {
  readonly events: readonly SagaEvent[];
  /** Why the run would not come to an end, or only to a bad one. */
  readonly hindrances: readonly Hindrance[];
};

/**
 * A run from where it stands to its end, if all goes well: every task succeeds, time passes, a person does what only a
 * person can do. What stops it then is its definition, or that nobody serves a step.
 */
export const goAhead = (state: SagaState, facts: Facts): Ahead => {
  const bench = createBench(state);
  for (let made = -1; made < bench.appends().length;) {
    made = bench.appends().length;
    const run = bench.state();
    if (run.kind === 'run' && run.ended === null)
      bench.say({ ...helpful(run, facts), facts: later(run, facts) });
  }
  const events = bench.appends().flatMap((append) => append.events);
  const end = bench.state();
  return { events, hindrances: end.kind === 'absent' ? [] : hindrancesOf(end, facts, events) };
};

/** What a worker or a person would tell the run. */
const helpful = (run: SagaRun, { definition }: Facts): RunCommand => {
  const reason = null;
  if (run.paused !== null) return { type: 'ResumeSaga', reason };
  const defined = new Set(definition?.content.steps.map(({ name }) => name));
  const task = outstanding(run).tasks.find(({ step }) => defined.has(step));
  if (task !== undefined) {
    const { step, action, attempt } = task;
    const answer = { kind: 'success', result: null } as const;
    return { type: 'AnswerStep', step, action, attempt, answer, claim: null };
  }
  const blocked = [...run.steps].find(([, actions]) => actions[run.phase]?.status === 'blocked');
  return blocked === undefined ? { type: 'AdvanceSaga' } : { type: 'RetryStep', step: blocked[0], reason };
};

const later = (run: SagaRun, facts: Facts): Facts => ({
  ...facts,
  now: Math.max(facts.now, outstanding(run).wakeAt ?? 0),
});

const hindrancesOf = (
  run: SagaRun,
  { definition }: Facts,
  events: readonly SagaEvent[],
): readonly Hindrance[] => {
  const defined = new Set(definition?.content.steps.map(({ name }) => name));
  const unserved = events.flatMap(({ type, data }) =>
    type === 'StepFailed' && data.cause === 'no-worker' ? [data.step] : [],
  );
  const waiting = outstanding(run).waiting.map(({ step }) => step);
  const missing = [...unserved, ...waiting.filter((step) => defined.has(step))];
  const undoing = run.ended === null ? (run.undo?.steps ?? []) : [];
  const lost = undoing.filter((step) => !isUndone(run, step) && !defined.has(step));
  return [
    ...missing.map((step) => ({ code: 'worker-missing', step }) as const),
    ...lost.map((step) => ({ code: 'undo-lost', step }) as const),
  ];
};
