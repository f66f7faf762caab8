import type { Aggregate } from '../aggregate.ts';
import { decide, evolve, initialSequence } from './decide.ts';
import type { ReserveBlock, SequenceRejection, SequenceState } from './decide.ts';
import { sequenceSchemaVersion, parseSequenceEvent } from './events.ts';
import type { SequenceEvent } from './events.ts';

export type SequenceAggregate = Aggregate<ReserveBlock, SequenceState, SequenceEvent, SequenceRejection>;

/** Stream `sequence-<name>`: blocks of numbers, none of which is handed out twice. */
export const sequenceAggregate: SequenceAggregate = {
  category: 'sequence',
  decider: { initial: initialSequence, decide, evolve },
  schemaVersion: sequenceSchemaVersion,
  parse: parseSequenceEvent,
};

/** Ids of instances. */
export const INSTANCE_IDS = 'sequence-instance';
