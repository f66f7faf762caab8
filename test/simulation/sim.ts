import type { Faults } from './faults.ts';
import type { Cluster } from '../../sdk/simulator/cluster.ts';
import type { Surroundings } from '../../sdk/simulator/stores.ts';
import type { History } from './history.ts';
import type { Model } from './model.ts';
import type { Outside } from './outside.ts';

/** Everything the people and services around the engine have at hand. */
export type Sim = Surroundings & {
  readonly faults: Faults;
  readonly cluster: Cluster;
  readonly model: Model;
  readonly outside: Outside;
  readonly history: History;
  /** The version of each orchestration's definition that was last acknowledged. */
  readonly acknowledged: Map<string, number>;
  readonly leaseMs: number;
  /** Polls are given up by nobody. One for each simulation: a signal keeps whoever listens. */
  readonly never: AbortSignal;
  /** How far clocks of processes are behind at most. */
  readonly behindMs: number;
  readonly sleep: (delayMs: number) => Promise<void>;
  /** Runs something nobody waits for; what it throws fails the simulation. */
  readonly run: (task: () => Promise<void>) => void;
  /** Faults are over: everybody does what they should. */
  readonly isCalm: () => boolean;
  readonly isOver: () => boolean;
};
