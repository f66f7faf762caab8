import type { Aggregate } from '../aggregate.ts';
import { WITNESS_CATEGORY } from '../checkpoint.ts';
import { decide, evolve, initialWitness } from './decide.ts';
import type { WitnessCommand, WitnessRejection, WitnessState } from './decide.ts';
import { witnessSchemaVersion, parseWitnessEvent } from './events.ts';
import type { WitnessEvent } from './events.ts';

export type WitnessAggregate = Aggregate<WitnessCommand, WitnessState, WitnessEvent, WitnessRejection>;

/** Stream `witness-log`: signed checkpoints of the whole log; beside it one stream for each one's list of heads. */
export const witnessAggregate: WitnessAggregate = {
  category: WITNESS_CATEGORY,
  decider: { initial: initialWitness, decide, evolve },
  schemaVersion: witnessSchemaVersion,
  parse: parseWitnessEvent,
};
