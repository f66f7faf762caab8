// A run as its events tell it: on purpose plain, and without the product's own functions.
import type { Definition, StepDefinition } from '../../src/domain/orchestration/events.ts';
import type { SagaEvent } from '../../src/domain/saga/events.ts';

export type On = { readonly step: string; readonly action: 'do' | 'undo' };
type EventType = SagaEvent['type'] | null;

export type Action = {
  attempt: number;
  inFlight: boolean;
  last: EventType;
  retryable: boolean;
  retries: number;
  uncertain: boolean;
  iteration: number;
  due: number;
  /** Revision of its success. */
  succeededAt: number | null;
};

type Run = {
  revision: number;
  isPinned: boolean;
  awaitsDefinition: boolean;
  phase: 'do' | 'undo';
  isPaused: boolean;
  keepsDue: boolean;
  cancels: 'keep' | 'undo' | null;
  ended: EventType;
  plan: readonly string[];
  undoFailed: boolean;
};

class RuleBroken extends Error {
  override readonly name = 'RuleBroken';
}

export const FAILURES: readonly EventType[] = ['StepFailed', 'StepTimedOut'];
export const OVER: readonly EventType[] = ['StepSucceeded', 'StepSkipped', 'StepMarkedDone'];
export type SagaModel = ReturnType<typeof sagaModel>;

const newAction = (): Action => ({
  attempt: 0,
  inFlight: false,
  last: null,
  retryable: false,
  retries: 0,
  uncertain: false,
  iteration: 0,
  due: 0,
  succeededAt: null,
});

const newRun = (): Run => ({
  revision: -1,
  isPinned: false,
  awaitsDefinition: false,
  phase: 'do',
  isPaused: false,
  keepsDue: true,
  cancels: null,
  ended: null,
  plan: [],
  undoFailed: false,
});

export const sagaModel = (definition: Definition) => {
  const { steps } = definition;
  const actions = new Map<string, Action>();
  const run = newRun();

  const must = (holds: boolean, rule: string): void => {
    if (!holds) throw new RuleBroken(`revision ${run.revision}: ${rule}`);
  };

  const find = ({ step, action }: On) => actions.get(`${action} ${step}`);
  const begin = (on: On): Action => {
    const found = find(on) ?? newAction();
    actions.set(`${on.action} ${on.step}`, found);
    return found;
  };
  const is = (on: On, ...types: readonly EventType[]): boolean => types.includes(find(on)?.last ?? null);
  const doneAt = (step: string) => find({ step, action: 'do' })?.succeededAt ?? null;

  const defined = (name: string): StepDefinition => {
    const found = steps.find((step) => step.name === name);
    if (found === undefined) throw new RuleBroken(`step ${name} is not in the definition`);
    return found;
  };
  const dependsOn = (step: string, other: string): boolean =>
    defined(step).dependsOn.some((name) => name === other || dependsOn(name, other));

  /** I-23: succeeded or unknown, with an undo. */
  const toUndo = (): readonly string[] =>
    steps
      .filter(({ name, undo }) => {
        const done = find({ step: name, action: 'do' });
        return undo && done !== undefined && (done.succeededAt !== null || done.uncertain || done.inFlight);
      })
      .map(({ name }) => name);

  /** Everything it has to wait for is over. */
  const isFree = ({ step, action }: On): boolean => {
    if (action === 'do') return defined(step).dependsOn.every((name) => doneAt(name) !== null);
    const over = definition.onUndoFailure === 'continue' ? [...OVER, 'StepBlocked' as const] : OVER;
    return run.plan.every((other) => !dependsOn(other, step) || is({ step: other, action }, ...over));
  };

  const mayRetry = (on: On): boolean => {
    const { retryable, retries } = begin(on);
    return retryable && retries < defined(on.step).retry.maxRetries;
  };
  const blocked = () => run.plan.filter((step) => is({ step, action: 'undo' }, 'StepBlocked'));
  /** With `stop`, a stuck undo keeps back every undo that has not started. */
  const isHeld = () => definition.onUndoFailure === 'stop' && blocked().length > 0;
  const isUndone = () =>
    run.phase === 'undo' && run.plan.every((step) => is({ step, action: 'undo' }, ...OVER));

  return {
    ...{ run, must, begin, is, doneAt, defined, dependsOn },
    ...{ toUndo, isFree, isHeld, mayRetry, blocked, isUndone },
  };
};
