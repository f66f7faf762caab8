import type { SimulatedDefinition, SimulatedOutcome, SimulatedWorker, SimulateOptions } from './types.ts';

export { SimulationFailed } from './failed.ts';
export type {
  SimulatedDefinition,
  SimulatedEffect,
  SimulatedFault,
  SimulatedOutcome,
  SimulatedRun,
  SimulatedWorker,
  SimulateOptions,
} from './types.ts';

/**
 * Runs an orchestration with its workers' own handlers under seeded faults: in virtual time, on the engine that serves
 * it. Handlers are called as a worker calls them; while one runs, time stands still.
 *
 * @returns what happened, for each seed.
 * @throws TypeError for a definition that would be refused; SimulationFailed for the first seed with which a run did
 * not come to an end, the engine did what it must not do, or `check` threw.
 */
export type Simulate = (
  definition: SimulatedDefinition,
  workers: readonly SimulatedWorker[],
  options?: SimulateOptions,
) => Promise<readonly SimulatedOutcome[]>;

// It is made of the engine itself, when the package is packed: sdk/simulator/simulate.ts.
export declare const simulate: Simulate;
