import type { OrchestrationView } from './read-model.ts';

type Step = OrchestrationView['steps'][number];

/** What a step says of its past before anything is known of it. */
export const untold = { missingSince: null, healedAt: null, servedBefore: [] };

/** The view after an event, with since when each step has been missing, when it healed, and who served it before. */
export const withHealing = (
  before: OrchestrationView,
  after: OrchestrationView,
  at: string,
): OrchestrationView => {
  const known = new Map(before.steps.map((step) => [step.name, step]));
  const steps = after.steps.map((step) => stepWithHealing(known.get(step.name), step, at));
  const since = steps.flatMap(({ missingSince }) => missingSince ?? []).sort();
  const hasHealed = after.status === 'SUCCESS' && before.status !== 'SUCCESS';
  return {
    ...after,
    steps,
    missingSince: since[0] ?? null,
    healedAt: hasHealed ? at : before.healedAt,
    services: servicesOf(after),
  };
};

const stepWithHealing = (before: Step | undefined, step: Step, at: string): Step => {
  const { missingSince, healedAt, servedBefore } = before ?? untold;
  if (step.status === 'SUCCESS')
    return { ...step, missingSince: null, healedAt: missingSince === null ? healedAt : at, servedBefore: [] };
  const lost = before !== undefined && before.workers.length > 0 ? before.workers : servedBefore;
  return { ...step, missingSince: missingSince ?? at, healedAt, servedBefore: lost };
};

const servicesOf = ({ steps, unknownSteps }: OrchestrationView): string[] =>
  [...new Set([...steps, ...unknownSteps].flatMap(({ workers }) => workers))].sort();
