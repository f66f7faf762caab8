import type { Aggregate } from '../aggregate.ts';
import type { InstanceCommand, InstanceRejection } from './commands.ts';
import { decide } from './decide.ts';
import { instanceSchemaVersion, parseInstanceEvent } from './events.ts';
import type { InstanceEvent } from './events.ts';
import { evolve, initialInstance } from './state.ts';
import type { InstanceState } from './state.ts';

export type InstanceAggregate = Aggregate<InstanceCommand, InstanceState, InstanceEvent, InstanceRejection>;

/** Stream `instance-<int64>`: one process instance. Its history stays when its values are gone. */
export const instanceAggregate: InstanceAggregate = {
  category: 'instance',
  decider: { initial: initialInstance, decide, evolve },
  schemaVersion: instanceSchemaVersion,
  parse: parseInstanceEvent,
};

export const instanceStream = (instanceId: string): string => `instance-${instanceId}`;
