import { z } from 'zod';

/** A task as workers get it, over HTTP or from their topic. */
export const task = z.object({
  flowId: z.string(),
  orchName: z.string(),
  stepName: z.string(),
  action: z.enum(['DO', 'UNDO']),
  attempt: z.int(),
  effectId: z.string(),
  payload: z.base64(),
});
export type Task = z.infer<typeof task>;

export const REFUSED = 'refused';

/** What a worker says to a task; the same whenever it is asked again. */
export const verdictOn = ({ action, stepName, payload }: Task) =>
  action === 'DO' && stepName === 'two' && atob(payload).includes(REFUSED)
    ? ({ status: 'FAILED', error: 'no', retryable: false } as const)
    : ({ status: 'SUCCESS' } as const);

/** What workers do to the world, by the key they give with it: a key that is known changes nothing. */
export const outsideWorld = () => {
  const effects = new Map<string, string>();
  const misuses: string[] = [];
  let asked = 0;
  return {
    effects: effects as ReadonlyMap<string, string>,
    misuses: misuses as readonly string[],
    /** How often it was asked, with known keys too. */
    asked: () => asked,
    act: ({ effectId, flowId, stepName, action }: Task): void => {
      const effect = `${flowId} ${action.toLowerCase()} ${stepName}`;
      const known = effects.get(effectId);
      asked += 1;
      if (known === undefined) effects.set(effectId, effect);
      else if (known !== effect) misuses.push(`${effectId} stands for ${known} and for ${effect}`);
    },
  };
};

export type OutsideWorld = ReturnType<typeof outsideWorld>;
