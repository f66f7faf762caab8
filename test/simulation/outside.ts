import type { WorkerTask } from '../../src/commands/task/worker-task.ts';
import { actionIn, stepsOf } from './model-run.ts';
import type { RunModel } from './model-run.ts';

/**
 * The world that workers act on. It knows effects by their id: doing one twice changes nothing, and what was
 * undone is not done any more, however late the request comes.
 */
export const createOutside = () => {
  const applied = new Map<string, Set<string>>();
  const key = (flowId: string, step: string, action: 'do' | 'undo'): string => `${flowId} ${step} ${action}`;
  const has = (flowId: string, step: string, action: 'do' | 'undo'): boolean =>
    applied.has(key(flowId, step, action));
  return {
    perform: ({ flowId, stepName, action, effectId }: WorkerTask): void => {
      const isDo = action === 'DO';
      if (isDo && has(flowId, stepName, 'undo')) return;
      const name = key(flowId, stepName, isDo ? 'do' : 'undo');
      applied.set(name, (applied.get(name) ?? new Set()).add(effectId));
    },
    has,
    /** Distinct effects of one action of one step; more than one is an effect issued twice (I-20). */
    effects: (flowId: string, step: string, action: 'do' | 'undo'): number =>
      applied.get(key(flowId, step, action))?.size ?? 0,
  };
};
export type Outside = ReturnType<typeof createOutside>;

/**
 * What is wrong between the log and the outside world once nothing moves any more; undefined when all is well.
 * `knowsClaims`: the queue never forgot a claim. Where it has, two workers may hold one attempt, and the answer
 * of one says nothing about the other: a known limit (only a power cut loses claims).
 */
// A flat list of rules is the plainest form; its complexity is the number of rules.
// eslint-disable-next-line complexity
export const mismatch = (run: RunModel, outside: Outside, knowsClaims: boolean): string | undefined => {
  for (const step of stepsOf(run)) {
    const { name } = step;
    const isDone = outside.has(run.flowId, name, 'do');
    const isUndone = outside.has(run.flowId, name, 'undo');
    const [doing, undoing] = [actionIn(run, name, 'do').place, actionIn(run, name, 'undo').place];
    if (doing === 'done' && !isDone) return `I-20 the log says ${name} is done, the world does not`;
    if (undoing === 'done' && !isUndone) return `I-23 the log says ${name} is undone, the world does not`;
    const isByHand = undoing === 'skipped' || undoing === 'marked-done';
    const stands = isDone && !isUndone && !isByHand;
    if (knowsClaims && stands && mustBeUndone(run, step))
      return `I-23 ${run.phase}, but the effect of ${name} stands`;
  }
  return undefined;
};

const mustBeUndone = ({ phase, cancelUndoes }: RunModel, { undo }: { readonly undo: boolean }): boolean =>
  undo && (phase === 'UNDONE' || phase === 'FAILED' || (phase === 'CANCELLED' && cancelUndoes));

/** An action of a step that had more than one distinct effect. */
export const doubled = (run: RunModel, outside: Outside): string | undefined => {
  for (const { name } of stepsOf(run))
    for (const action of ['do', 'undo'] as const)
      if (outside.effects(run.flowId, name, action) > 1) return `I-20 ${action} ${name} had two effects`;
  return undefined;
};
