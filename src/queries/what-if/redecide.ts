import type { SagaEvent } from '../../domain/saga/events.ts';
import type { Facts } from '../../domain/saga/facts.ts';
import { actionOf } from '../../domain/saga/state.ts';
import type { SagaState } from '../../domain/saga/state.ts';
import { createBench } from './bench.ts';
import type { Bench, Decided } from './bench.ts';
import { recordedFacts } from './evidence.ts';
import type { Known } from './evidence.ts';
import { withStates } from './history.ts';
import type { Append, Recorded } from './history.ts';
import { inputOf } from './inputs.ts';
import { createOutcomes } from './outcomes.ts';
import type { Assumed, Outcomes, Supplied } from './outcomes.ts';
import { ownRetryAt } from './own-timers.ts';
import { LATEST } from './registrations.ts';

export type Premise = Known & {
  readonly appends: readonly Append[];
  readonly supplied: ReadonlyMap<string, Supplied>;
};

/** What was recorded and would have been refused: its first event, and why. */
export type Refused = { readonly revision: number; readonly type: SagaEvent['type']; readonly code: string };

export type Redecided = {
  /** Where the recorded run stands, and where this one would. */
  readonly recorded: SagaState;
  readonly state: SagaState;
  readonly appends: readonly Decided[];
  readonly refused: readonly Refused[];
  readonly assumed: readonly Assumed[];
};

/**
 * A recorded run decided anew under another definition, with what it was told when it was told it, and with the
 * recorded outcome of every attempt that it makes. Under the definition it was made under, it is the recorded run.
 */
export const redecide = (premise: Premise): Redecided => {
  const appends = withStates(premise.appends);
  const bench = createBench();
  const outcomes = createOutcomes({ ...premise, appends }, bench);
  const refused: Refused[] = [];
  for (const append of appends) {
    const facts = recordedFacts(append, premise);
    passTime({ bench, outcomes, recorded: append.before, facts }, facts.now);
    bench.standAt(append.revision);
    const code = take(append, { bench, outcomes, facts, premise });
    refused.push(...append.events.slice(0, code === undefined ? 0 : 1).map(refusedBy(append, code ?? '')));
    outcomes.deliver(facts);
  }
  const last = appends.at(-1);
  if (last !== undefined) goOn(last, { bench, outcomes, premise });
  const recorded = last?.after ?? bench.state();
  const [state, decided, assumed] = [bench.state(), bench.appends(), outcomes.assumed()];
  return { recorded, state, appends: decided, refused, assumed };
};

const refusedBy =
  ({ revision }: Append, code: string) =>
  ({ type }: SagaEvent): Refused => ({ revision, type, code });

type At = { readonly bench: Bench; readonly outcomes: Outcomes; readonly facts: Facts };

/** Retries that are due by then, and that no recorded append stands for. */
const passTime = (
  { bench, outcomes, facts, recorded }: At & { readonly recorded: SagaState },
  until: number,
): void => {
  for (;;) {
    const due = ownRetryAt(bench.state(), recorded);
    const made = bench.appends().length;
    if (due === undefined || due > until) return;
    const then = { ...facts, now: due };
    bench.say({ type: 'AdvanceSaga', facts: then });
    outcomes.deliver(then);
    if (bench.appends().length === made) return;
  }
};

const take = (
  append: Recorded,
  { bench, outcomes, facts, premise }: At & { readonly premise: Premise },
): string | undefined => {
  const input = inputOf(append.events, premise.recorded);
  if (input.kind === 'outcome') return outcomes.record(input.outcome, append.at, facts);
  if (input.kind === 'said') return bench.say({ ...input.command, facts });
  const fits = input.events.every((event) => isOnSameFooting(event, append.before, bench.state()));
  if (!fits) return 'not_applicable';
  bench.give(input.events, facts);
  return undefined;
};

/** What the event is about stands in this run as it did in the recorded one. */
const isOnSameFooting = (event: SagaEvent, recorded: SagaState, state: SagaState): boolean => {
  const [was, is] = [recorded, state].map((run) => footingOf(event, run));
  return was !== undefined && was === is;
};

const footingOf = ({ data }: SagaEvent, state: SagaState): string | undefined => {
  if (state.kind === 'absent' || state.ended !== null || !('step' in data)) return undefined;
  const current = actionOf(state, data.step, data.action);
  return current === null ? undefined : `${current.status} ${String(current.attempt)}`;
};

/** What is left when nothing recorded is to come any more. What the recorded run waits for too is still to come. */
const goOn = (
  last: Recorded,
  { bench, outcomes, premise }: Omit<At, 'facts'> & { readonly premise: Premise },
): void => {
  const end = { ...last, before: last.after, events: [], position: LATEST };
  const facts = recordedFacts(end, premise);
  for (let made = -1; made < bench.appends().length;) {
    made = bench.appends().length;
    outcomes.deliver(facts, true);
    bench.say({ type: 'AdvanceSaga', facts });
    if (outcomes.isLeft() || hasEnded(last.after))
      passTime({ bench, outcomes, recorded: last.after, facts }, Infinity);
  }
};

const hasEnded = (state: SagaState): boolean => state.kind === 'run' && state.ended !== null;
