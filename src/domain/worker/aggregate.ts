import type { Aggregate } from '../aggregate.ts';
import { decide } from './decide.ts';
import type { JudgeWorker } from './decide.ts';
import { workerSchemaVersion, parseWorkerEvent } from './events.ts';
import type { WorkerEvent } from './events.ts';
import { evolve, initialWorker } from './state.ts';
import type { WorkerState } from './state.ts';

export type WorkerAggregate = Aggregate<JudgeWorker, WorkerState, WorkerEvent, never>;

/** Stream `worker-<service>`: when a service became silent or deaf, and when it was back. */
export const workerAggregate: WorkerAggregate = {
  category: 'worker',
  decider: { initial: initialWorker, decide, evolve },
  schemaVersion: workerSchemaVersion,
  parse: parseWorkerEvent,
};

export const workerStream = (service: string): string => `worker-${service}`;
