import type { WorkerTask } from '../../src/commands/task/worker-task.ts';
import type { SimulatedEffect } from '../src/simulate/types.ts';

/** Counts the calls of handlers, by what they are to have an effect on. */
export const createEffects = () => {
  const effects = new Map<string, SimulatedEffect>();
  const known = ({ effectId, flowId, stepName, action }: WorkerTask): SimulatedEffect =>
    effects.get(effectId) ?? {
      ...{ effectId, flowId, stepName, calls: 0, returned: 0 },
      action: action === 'DO' ? 'do' : 'undo',
    };
  return {
    called: (task: WorkerTask): void => {
      const effect = known(task);
      effects.set(task.effectId, { ...effect, calls: effect.calls + 1 });
    },
    returned: (task: WorkerTask): void => {
      const effect = known(task);
      effects.set(task.effectId, { ...effect, returned: effect.returned + 1 });
    },
    all: (): readonly SimulatedEffect[] => [...effects.values()],
  };
};
