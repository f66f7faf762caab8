import type { FastifyBaseLogger } from 'fastify';
import type { SagaDeps } from './commands/deps.ts';
import type { Duty } from './compose-duties.ts';
import type { Config } from './config.ts';
import type { Checkpoints, EventStore, Position } from './infra/event-store/port.ts';
import type { Leases } from './infra/leases/port.ts';
import type { SharedPresence } from './infra/presence/port.ts';
import type { Projector } from './infra/projector/port.ts';
import type { Snapshots } from './infra/snapshots/port.ts';
import type { ReadStore } from './infra/read-store/port.ts';

/** What the write side stands on. */
export type Ports = Pick<SagaDeps, 'clock' | 'keys' | 'queue' | 'random' | 'ids'> & {
  readonly store: EventStore;
  readonly checkpoints: Checkpoints;
  readonly leases: Leases;
  readonly snapshots: Snapshots;
  /** Other processes write to the log too. */
  readonly isShared: boolean;
  /** How much of folded streams is kept, of each kind. */
  readonly cacheBytes: number;
};

/** Everything a process stands on, opened: by `openEmbedded` in a data directory, by `openServers` on servers. */
export type Stores = {
  readonly ports: Ports;
  readonly readStore: ReadStore;
  readonly projector: Projector;
  /** Number of events behind a position, up to another. */
  readonly eventsBetween: (after: Position, upTo: Position) => number | Promise<number>;
  /** What the stores need to be done while the process runs. */
  readonly duties: readonly Duty[];
  /** Signs of life of workers that other processes have heard. */
  readonly presence?: SharedPresence;
  /** What whoever started the process should know. */
  readonly notes: readonly string[];
  /** Whether every server answers. */
  readonly isUp: () => boolean;
};

export type OpenDeps = {
  readonly logger: FastifyBaseLogger;
  /** The log or the keys can no longer be trusted: the process must end. */
  readonly onFatal: (error: unknown) => void;
  /** What to close, in the opposite order. */
  readonly closing: (() => unknown)[];
};

export type OpenStores = (config: Config, deps: OpenDeps) => Promise<Stores>;
