import { problem } from './problem-details.ts';
import type { Problem } from './problem-details.ts';

/** @throws the problem where there is nothing. */
export const found = <Value>(value: Value | undefined, otherwise: () => Problem): Value => {
  if (value === undefined) throw otherwise();
  return value;
};

export const unknownRun = (flowId: string): Problem => problem('unknown_run', `Run not found: ${flowId}`);

export const unknownInstance = (instanceId: string): Problem =>
  problem('unknown_instance', `Instance not found: ${instanceId}`);

export const unknownOrchestration = (name: string): Problem =>
  problem('unknown_orchestration', `Orchestration not found: ${name}`);
