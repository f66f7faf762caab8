import type { Definition, StepDefinition } from '../../src/domain/orchestration/events.ts';
import type { Place, RunPhase } from './model-tables.ts';

export type ActionName = 'do' | 'undo';

export type AttemptOutcome = 'SUCCESS' | 'FAILED' | 'timed-out' | 'lapsed' | 'taken-back';

export type ActionModel = {
  place: Place;
  attempt: number;
  iteration: number;
  retries: number;
  /** An attempt may have had its effect without an answer. */
  unsure: boolean;
  mayRetry: boolean;
  /** Of a back-off, or until when a dispatched task may stay unclaimed. */
  due: number | null;
  /** When the last attempt was dispatched. */
  offeredAt: number;
  /** Revision of its success. */
  succeededAt: number | null;
  /** By attempt: at most one each (I-20). */
  readonly outcomes: Map<number, AttemptOutcome>;
};

export type RunModel = {
  readonly flowId: string;
  readonly orchName: string;
  phase: RunPhase;
  /** Which version of its definition it follows; null until it has one. */
  version: number | null;
  definition: Definition | null;
  /** It has said that it waits for a definition. */
  awaitsDefinition: boolean;
  isPaused: boolean;
  /** As the last pause said. */
  keepsDue: boolean;
  cancelRequested: boolean;
  cancelUndoes: boolean;
  isStuck: boolean;
  cause: string | null;
  plan: readonly string[];
  readonly actions: Map<string, ActionModel>;
};

export const newRun = (flowId: string, orchName: string): RunModel => ({
  flowId,
  orchName,
  phase: 'none',
  version: null,
  definition: null,
  awaitsDefinition: false,
  isPaused: false,
  keepsDue: true,
  cancelRequested: false,
  cancelUndoes: false,
  isStuck: false,
  cause: null,
  plan: [],
  actions: new Map(),
});

export const actionIn = (run: RunModel, step: string, action: ActionName): ActionModel => {
  const key = `${action} ${step}`;
  const known = run.actions.get(key) ?? {
    place: 'untouched',
    attempt: 0,
    iteration: 0,
    retries: 0,
    unsure: false,
    mayRetry: false,
    due: null,
    offeredAt: 0,
    succeededAt: null,
    outcomes: new Map(),
  };
  run.actions.set(key, known);
  return known;
};

export const stepsOf = (run: RunModel): readonly StepDefinition[] => run.definition?.steps ?? [];

/** What must have succeeded before: by the kind of definition, not by what the log spells out. */
export const needs = (run: RunModel, step: string): readonly string[] => {
  const steps = [...stepsOf(run)].sort((a, b) => a.seq - b.seq);
  const index = steps.findIndex(({ name }) => name === step);
  if (run.definition?.type === 'simultaneous') return [];
  if (run.definition?.type === 'sequential')
    return steps.slice(Math.max(0, index - 1), index).map(({ name }) => name);
  return steps[index]?.dependsOn ?? [];
};

/** Whether `later` needs `earlier`, directly or through others. */
export const leadsTo = (run: RunModel, earlier: string, later: string): boolean =>
  needs(run, later).some((name) => name === earlier || leadsTo(run, earlier, name));

/** The steps an undo begun now must undo: succeeded or of unknown outcome, with an undo (I-23). */
export const owed = (run: RunModel): readonly string[] =>
  stepsOf(run)
    .filter(({ undo }) => undo)
    .map(({ name }) => name)
    .filter((name) => {
      const { place, unsure } = actionIn(run, name, 'do');
      return place === 'done' || place === 'in-flight' || unsure;
    });

export const isSettled = (run: RunModel, step: string): boolean =>
  ['done', 'skipped', 'marked-done'].includes(actionIn(run, step, 'undo').place);

/** Whether another attempt is worth it, and one is left. */
export const isWorthRetrying = (run: RunModel, step: string, { mayRetry, retries }: ActionModel): boolean =>
  mayRetry && retries < (stepsOf(run).find(({ name }) => name === step)?.retry.maxRetries ?? 0);

/** A do that ended in a failure nothing will be tried after. */
export const hasFailed = (run: RunModel, step: string): boolean => {
  const on = actionIn(run, step, 'do');
  return ['failed', 'timed-out'].includes(on.place) && !isWorthRetrying(run, step, on);
};

export const hasFinalFailure = (run: RunModel): boolean =>
  stepsOf(run).some(({ name }) => hasFailed(run, name));

/** What keeps an action that has not begun from beginning. */
export const whyNotYet = (run: RunModel, step: string, action: ActionName): string | undefined =>
  action === 'do' ? doBefore(run, step) : undoBefore(run, step);

const doBefore = (run: RunModel, step: string): string | undefined => {
  const open = needs(run, step).find((name) => actionIn(run, name, 'do').place !== 'done');
  return open === undefined ? undefined : `I-23 ${step} begins before ${open} has succeeded`;
};

const undoBefore = (run: RunModel, step: string): string | undefined => {
  const goesOn = run.definition?.onUndoFailure === 'continue';
  const isBlocked = (name: string) => actionIn(run, name, 'undo').place === 'blocked';
  if (!run.plan.includes(step)) return `I-23 undoes ${step}, which is not to be undone`;
  const early = run.plan.find(
    (later) => leadsTo(run, step, later) && !isSettled(run, later) && !(goesOn && isBlocked(later)),
  );
  if (early !== undefined) return `I-23 undoes ${step} before ${early}`;
  if (!goesOn && run.plan.some(isBlocked))
    return `I-24 begins to undo ${step} though another undo is blocked`;
  return undefined;
};

// A flat list of rules is the plainest form; its complexity is the number of rules.
// eslint-disable-next-line complexity
export const statusOfRun = (run: RunModel): string => {
  if (run.phase !== 'doing' && run.phase !== 'undoing') return run.phase;
  if (run.isPaused) return 'PAUSED';
  if (run.isStuck) return 'UNDO_FAILED';
  if (run.phase === 'undoing') return 'UNDOING';
  const places = [...run.actions.values()].map(({ place }) => place);
  const isWaiting = run.definition === null || places.includes('waiting') || places.includes('blocked');
  return isWaiting && !places.includes('in-flight') && !places.includes('backing-off')
    ? 'WAITING'
    : 'IN_PROGRESS';
};

/** Steps whose next attempt somebody cancelled. */
export const leftToAPerson = (run: RunModel): readonly string[] =>
  run.phase === 'doing'
    ? stepsOf(run).flatMap(({ name }) => (actionIn(run, name, 'do').place === 'blocked' ? [name] : []))
    : [];

/** It has ended, or a person has to move it on. */
export const isAtRest = (run: RunModel): boolean =>
  !['none', 'doing', 'undoing'].includes(run.phase) ||
  run.isPaused ||
  run.isStuck ||
  leftToAPerson(run).length > 0;
