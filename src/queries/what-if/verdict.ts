import type { Definition } from '../../domain/orchestration/events.ts';
import type { Difference } from './differences.ts';
import type { Hindrance } from './going-on.ts';
import type { Refused } from './redecide.ts';

export type Verdict = 'compatible' | 'needs-mapping' | 'stuck';

export type Why = {
  readonly code:
    | Hindrance['code']
    | 'step-removed'
    | 'step-too-early'
    | 'step-added'
    | 'decided-otherwise'
    | 'input-refused';
  readonly step: string | null;
  readonly detail: string;
};

/** Fields that say when or by what something happened, and change nothing about what happened. */
const SOFT = new Set(['since', 'until', 'inputs', 'from', 'due', 'at', 'timers']);

/** That it waited for somebody who came. */
const WAITS = new Set<Difference['type']>(['StepTakenBack', 'StepWaiting', 'StepHealed', 'SagaWaiting']);

type Findings = {
  readonly differences: readonly Difference[];
  readonly refused: readonly Refused[];
  readonly hindrances: readonly Hindrance[];
  readonly changed: Definition;
};

/** Why a run could not simply go on under the changed definition; nothing where it could. The gravest come first. */
export const whyNot = ({ differences, refused, hindrances, changed }: Findings): readonly Why[] =>
  distinct([
    ...hindrances.map(stuckBy),
    ...differences.flatMap((difference) => mappingFor(difference, changed)),
    ...refused.map(({ revision, type, code }) => ({
      code: 'input-refused' as const,
      step: null,
      detail: `What led to ${type} at revision ${String(revision)} would have been refused: ${code}`,
    })),
  ]);

export const verdictOf = (why: readonly Why[]): Verdict => {
  if (why.some(({ code }) => STUCK.has(code))) return 'stuck';
  return why.length > 0 ? 'needs-mapping' : 'compatible';
};

const STUCK = new Set<Why['code']>(['worker-missing', 'undo-lost']);

const stuckBy = ({ code, step }: Hindrance): Why => ({
  code,
  step,
  detail:
    code === 'worker-missing'
      ? `Step ${step} is new, and nobody serves it`
      : `Step ${step} is to be undone, and the definition does not know it`,
});

const mappingFor = (difference: Difference, changed: Definition): readonly Why[] => {
  const { kind, type, step } = difference;
  if (isSoft(difference)) return [];
  const ofStep = startOf(difference, changed);
  if (ofStep !== undefined) return [ofStep];
  const detail = `${type}${step === null ? '' : ` of step ${step}`} ${WORDS[kind]}`;
  return [{ code: 'decided-otherwise', step, detail }];
};

/** A step that was started and would not have been, or the other way round. */
const startOf = ({ kind, type, step, action }: Difference, changed: Definition): Why | undefined => {
  if (type !== 'StepDispatched' || action !== 'do' || step === null) return undefined;
  if (kind === 'added') return missedFor(step);
  return kind === 'missing' ? ranFor(step, changed) : undefined;
};

const isSoft = ({ kind, type, changes }: Difference): boolean =>
  WAITS.has(type) ||
  ((kind === 'moved' || kind === 'changed') && changes.every(({ field }) => SOFT.has(field)));

const WORDS = {
  missing: 'was recorded and would not have been',
  added: 'was not recorded and would have been',
  changed: 'would say something else',
  moved: 'would stand elsewhere',
} as const;

const missedFor = (step: string): Why => ({
  code: 'step-added',
  step,
  detail: `Step ${step} would have been started by now, and was not`,
});

const ranFor = (step: string, changed: Definition): Why =>
  changed.steps.some(({ name }) => name === step)
    ? { code: 'step-too-early', step, detail: `Step ${step} was started, and would not have been by now` }
    : { code: 'step-removed', step, detail: `Step ${step} was started, and the definition does not know it` };

/** Each once, and nothing more of a step than that it would have run, or not. */
const distinct = (why: readonly Why[]): readonly Why[] => {
  const started = new Set(why.filter(({ code }) => code.startsWith('step-')).map(({ step }) => step));
  const isTold = ({ code, step }: Why): boolean => code === 'decided-otherwise' && started.has(step);
  return [...new Map(why.filter((one) => !isTold(one)).map((one) => [one.detail, one])).values()];
};
