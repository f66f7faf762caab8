import fc from 'fast-check';
import { witnessAggregate } from '../../src/domain/witness/aggregate.ts';
import type { WitnessCommand } from '../../src/domain/witness/decide.ts';
import { checkpointData } from '../support/checkpoints.ts';
import { deciderLaws } from '../support/decider-laws.ts';

const command: fc.Arbitrary<WitnessCommand> = fc
  .tuple(fc.boolean(), fc.nat(3))
  .map(([isHeads, number]) =>
    isHeads
      ? { type: 'CoverHeads', part: number, heads: [['saga-1', number, 'a'.repeat(64)]] }
      : { type: 'RecordCheckpoint', checkpoint: checkpointData(number + 1) },
  );

deciderLaws('signed checkpoints', witnessAggregate, {
  scripts: fc.array(command, { minLength: 2, maxLength: 12 }),
});
