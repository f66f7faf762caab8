import { aggregateOf } from '../aggregate.ts';
import { decide } from './decide.ts';
import { workerSchemaVersion, parseWorkerEvent } from './events.ts';
import { evolve, initialWorker } from './state.ts';

/** Stream `worker-<service>`: when a service became silent or deaf, and when it was back. */
export const workerAggregate = aggregateOf({
  category: 'worker',
  decider: { initial: initialWorker, decide, evolve },
  schemaVersion: workerSchemaVersion,
  parse: parseWorkerEvent,
});
export type WorkerAggregate = typeof workerAggregate;

export const workerStream = (service: string): string => `worker-${service}`;
