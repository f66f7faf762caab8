import type { AnswerOutcome, HeartbeatOutcome, WorkerTask } from '../generated/shapes.ts';
import type { Backoff } from '../system.ts';
import type { Answer, Beat } from './answer.ts';

/** How tasks come and answers go. */
export type Transport = {
  /** Rejects where it is not known that the answers arrived. */
  readonly answer: (answers: readonly Answer[]) => Promise<readonly AnswerOutcome[]>;
  readonly beat: (beats: readonly Beat[]) => Promise<readonly HeartbeatOutcome[]>;
  /** To be called when there may be room for more tasks. */
  readonly room: () => void;
  /** Takes no more tasks; resolves when no more can come. What is held can still be answered. */
  readonly drain: () => Promise<void>;
  /** Resolves when nothing is open any more. */
  readonly close: () => Promise<void>;
};

/** What a transport is lent by the worker. */
export type TransportDeps = {
  readonly service: string;
  readonly steps: readonly string[];
  /** How many more tasks may be taken. */
  readonly free: () => number;
  readonly take: (tasks: readonly WorkerTask[]) => void;
  /** How many tasks are being worked on, or answered. */
  readonly held: () => number;
  /** A new connection is there: what is held must be claimed again. */
  readonly onConnected: (leaseMs: number) => void;
  /** Something failed that is tried again. */
  readonly onTrouble: (error: unknown) => void;
  /** The worker cannot go on. */
  readonly onFatal: (error: unknown) => void;
  readonly backoff: Backoff;
};
