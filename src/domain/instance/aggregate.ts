import { aggregateOf } from '../aggregate.ts';
import { decide } from './decide.ts';
import { instanceSchemaVersion, parseInstanceEvent } from './events.ts';
import { evolve, initialInstance } from './state.ts';

/** Stream `instance-<int64>`: one process instance. Its history stays when its values are gone. */
export const instanceAggregate = aggregateOf({
  category: 'instance',
  decider: { initial: initialInstance, decide, evolve },
  schemaVersion: instanceSchemaVersion,
  parse: parseInstanceEvent,
});
export type InstanceAggregate = typeof instanceAggregate;

export const instanceStream = (instanceId: string): string => `instance-${instanceId}`;
