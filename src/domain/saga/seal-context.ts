import type { StepAction } from '../names.ts';

// The context is bound to the ciphertext: changing one of these makes everything sealed before unreadable.
// Neither a flow id nor a name can hold a slash, so no two contexts are alike.

/** What the run's input is sealed for. */
export const inputContext = (flowId: string): string => `saga/${flowId}/input`;

/** What an answer's payload is sealed for. */
export const resultContext = (flowId: string, step: string, action: StepAction): string =>
  `saga/${flowId}/result/${action}/${step}`;

/** What an answer's error text is sealed for. */
export const errorContext = (flowId: string, step: string, action: StepAction): string =>
  `saga/${flowId}/error/${action}/${step}`;
