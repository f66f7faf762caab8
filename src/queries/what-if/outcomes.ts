import type { Facts } from '../../domain/saga/facts.ts';
import { attemptKey, deadlineOf, dispatchesIn, inFlight, isInFlight } from './attempts.ts';
import type { OnAttempt } from './attempts.ts';
import type { Bench } from './bench.ts';
import type { Known } from './evidence.ts';
import type { Recorded } from './history.ts';
import type { Outcome } from './inputs.ts';
import { underLimits } from './limits.ts';

export type Supplied = 'success' | 'failure';
/** An attempt without a recorded outcome, and the one it was given. */
export type Assumed = OnAttempt & { readonly outcome: Supplied };

type Setting = Known & {
  readonly appends: readonly Recorded[];
  /** Outcomes of steps that were never recorded; success where nothing is said. */
  readonly supplied: ReadonlyMap<string, Supplied>;
};

/**
 * Gives each attempt of a re-decided run the outcome that was recorded for it: when it was recorded, or as soon as
 * the attempt is made, whichever comes later. What was never attempted gets an assumed one at once.
 */
export const createOutcomes = (setting: Setting, bench: Bench) => {
  const ledger = createLedger(setting);
  const tell = (outcome: Outcome, facts: Facts): string | undefined => {
    const refusal = bench.say({ ...outcome, facts });
    if (refusal !== undefined) ledger.forget(outcome);
    return refusal;
  };
  const next = (isOver: boolean): Outcome | undefined => {
    const state = bench.state();
    if (state.kind === 'absent' || state.paused !== null) return undefined;
    const ready = inFlight(state).find((on) => ledger.knows(on, isOver));
    return ready === undefined ? undefined : ledger.take(ready);
  };
  return {
    assumed: ledger.assumed,
    isLeft: ledger.isLeft,
    /** A recorded outcome at its time. Why it was refused; undefined: taken, or kept until its attempt is made. */
    record: (outcome: Outcome, at: number, facts: Facts): string | undefined => {
      const times = { at, dispatchedAt: ledger.since(outcome), now: facts.now };
      const deadline = deadlineOf(bench.state(), outcome);
      const told = underLimits(outcome, { ...stepsOf(setting, outcome), ...times, deadline });
      if (told !== undefined && isInFlight(bench.state(), told)) return tell(told, facts);
      if (told === undefined) ledger.forget(outcome);
      else ledger.keep(told);
      return undefined;
    },
    /** Outcomes of what is in flight now. `isOver`: no recorded one is still to come. */
    deliver: (facts: Facts, isOver = false): void => {
      for (let outcome = next(isOver); outcome !== undefined; outcome = next(isOver)) tell(outcome, facts);
    },
  };
};
export type Outcomes = ReturnType<typeof createOutcomes>;

/** Which outcomes wait for their attempts, and which are to be assumed. */
const createLedger = ({ appends, supplied }: Setting) => {
  const dispatched = dispatchesIn(appends);
  const stillOpen = new Set(inFlight(appends.at(-1)?.after).map(attemptKey));
  const kept = new Map<string, Outcome>();
  const untold = new Set<string>();
  const assumed: Assumed[] = [];

  const assume = (on: OnAttempt): Outcome => {
    const outcome = on.action === 'do' ? (supplied.get(on.step) ?? 'success') : 'success';
    assumed.push({ ...on, outcome });
    return answerOf(on, outcome);
  };

  return {
    assumed: (): readonly Assumed[] => assumed,
    /** Recorded outcomes are left for attempts that were not made. */
    isLeft: (): boolean => kept.size > 0,
    since: (on: OnAttempt): number => dispatched.get(attemptKey(on)) ?? Infinity,
    keep: (outcome: Outcome): void => void kept.set(attemptKey(outcome), outcome),
    /** What was recorded of it does not count. */
    forget: (on: OnAttempt): void => void untold.add(attemptKey(on)),
    knows: (on: OnAttempt, isOver: boolean): boolean => {
      const key = attemptKey(on);
      return kept.has(key) || !dispatched.has(key) || untold.has(key) || (isOver && !stillOpen.has(key));
    },
    take: (on: OnAttempt): Outcome => {
      const recorded = kept.get(attemptKey(on));
      kept.delete(attemptKey(on));
      return recorded ?? assume(on);
    },
  };
};

const answerOf = (on: OnAttempt, outcome: Supplied): Outcome => ({
  type: 'AnswerStep',
  ...on,
  claim: null,
  answer:
    outcome === 'success'
      ? { kind: 'success', result: null }
      : { kind: 'failure', retryable: false, code: null, error: null },
});

const stepsOf = ({ recorded, changed }: Known, { step }: OnAttempt) => ({
  before: recorded?.steps.find(({ name }) => name === step),
  after: changed.steps.find(({ name }) => name === step),
});
