import type { Cluster, Surroundings } from './cluster.ts';
import type { History } from './history.ts';
import type { Model } from './model.ts';
import type { Outside } from './outside.ts';

/** Everything the people and services around the engine have at hand. */
export type Sim = Surroundings & {
  readonly cluster: Cluster;
  readonly model: Model;
  readonly outside: Outside;
  readonly history: History;
  readonly leaseMs: number;
  readonly sleep: (delayMs: number) => Promise<void>;
  /** Runs something nobody waits for; what it throws fails the simulation. */
  readonly run: (task: () => Promise<void>) => void;
  /** Faults are over: everybody does what they should. */
  readonly isCalm: () => boolean;
  readonly isOver: () => boolean;
};
