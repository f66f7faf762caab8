import { aggregateOf } from '../aggregate.ts';
import { decide, evolve, initialSequence } from './decide.ts';
import { sequenceSchemaVersion, parseSequenceEvent } from './events.ts';

/** Stream `sequence-<name>`: blocks of numbers, none of which is handed out twice. */
export const sequenceAggregate = aggregateOf({
  category: 'sequence',
  decider: { initial: initialSequence, decide, evolve },
  schemaVersion: sequenceSchemaVersion,
  parse: parseSequenceEvent,
});
export type SequenceAggregate = typeof sequenceAggregate;

/** Ids of instances. */
export const INSTANCE_IDS = 'sequence-instance';
