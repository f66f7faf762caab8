import { aggregateOf } from '../aggregate.ts';
import { WITNESS_CATEGORY } from '../checkpoint.ts';
import { decide, evolve, initialWitness } from './decide.ts';
import { witnessSchemaVersion, parseWitnessEvent } from './events.ts';

/** Stream `witness-log`: signed checkpoints of the whole log; beside it one stream for each one's list of heads. */
export const witnessAggregate = aggregateOf({
  category: WITNESS_CATEGORY,
  decider: { initial: initialWitness, decide, evolve },
  schemaVersion: witnessSchemaVersion,
  parse: parseWitnessEvent,
});
export type WitnessAggregate = typeof witnessAggregate;
