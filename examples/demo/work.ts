// What the services of the story do, however their tasks come to them.
import { z } from 'zod';

export const task = z.object({
  flowId: z.string(),
  orchName: z.string(),
  stepName: z.string(),
  action: z.enum(['DO', 'UNDO']),
  attempt: z.int(),
  payload: z.base64(),
});
export type Task = z.infer<typeof task>;

const order = z.looseObject({ tenant: z.string(), plan: z.string() });

/** How long a step takes. */
export const WORK_MS = 60;

/** What the step came to: the order with a note of what was done, which the next step gets; or a refusal. */
export const outcomeOf = (service: string, { action, stepName, payload }: Task) => {
  if (action === 'UNDO') return { metadata: { status: 'SUCCESS' } };
  const given = order.parse(JSON.parse(Buffer.from(payload, 'base64').toString()));
  if (stepName === 'open-account' && given.plan === 'unpaid') {
    const error = `no means of payment on file for ${given.tenant}`;
    return { metadata: { status: 'FAILED', error, code: 'payment-required', retryable: false } };
  }
  const result = JSON.stringify({ ...given, [stepName]: `done by ${service}` });
  return { metadata: { status: 'SUCCESS' }, payload: Buffer.from(result).toString('base64') };
};

/** `<orchestration>/<step>…` as steps by orchestration. */
export const stepsIn = (
  offers: readonly string[],
): readonly { readonly orchName: string; readonly names: readonly string[] }[] => {
  const byOrchestration = Map.groupBy(offers, (offer) => offer.split('/')[0] ?? '');
  return [...byOrchestration].map(([orchName, own]) => ({
    orchName,
    names: own.map((offer) => offer.split('/')[1] ?? ''),
  }));
};
