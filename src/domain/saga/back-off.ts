import type { StepDefinition } from '../orchestration/events.ts';

/** Exponential back-off with a cap; `jitter` is the share of it that is random. */
export const backoffMs = ({ retry }: StepDefinition, retries: number, random: number): number => {
  // The growth overflows to infinity in the end, and nothing times infinity is not a number.
  const growth = Math.min(Number.MAX_VALUE, retry.factor ** retries);
  const full = Math.min(retry.maxBackoffMs, retry.backoffMs * growth);
  return Math.round(full * (1 - retry.jitter * random));
};
