import type { SimulatedOutcome } from './types.ts';

/** With this seed, something is not as it should be. `outcome` and its trace tell what happened. */
export class SimulationFailed extends Error {
  override readonly name = 'SimulationFailed';
  readonly seed: number;
  readonly outcome: SimulatedOutcome;

  constructor(outcome: SimulatedOutcome, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(
      `${why}\nto see it again: simulate(definition, workers, { ...options, seed: ${outcome.seed}, seeds: 1 })`,
      { cause },
    );
    this.seed = outcome.seed;
    this.outcome = outcome;
  }
}
