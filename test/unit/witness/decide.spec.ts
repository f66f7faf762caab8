import { describe, it } from 'vitest';
import { witnessAggregate } from '../../../src/domain/witness/aggregate.ts';
import { checkpointData } from '../../support/checkpoints.ts';
import { deciderSpec } from '../../support/decider-spec.ts';

const given = deciderSpec(witnessAggregate.decider);
const record = (number: number) =>
  ({ type: 'RecordCheckpoint', checkpoint: checkpointData(number) }) as const;
const signed = (number: number) => ({ type: 'CheckpointSigned', data: checkpointData(number) }) as const;
const heads = [['saga-1', 0, 'a'.repeat(64)]] as const;
const cover = (part: number) => ({ type: 'CoverHeads', part, heads }) as const;
const covered = (part: number) => ({ type: 'HeadsCovered', data: { part, heads } }) as const;

describe('signed checkpoints', () => {
  it('follow one another', () => {
    given().when(record(1)).then(signed(1));
    given(signed(1)).when(record(2)).then(signed(2));
  });

  it('are recorded once', () => {
    given(signed(1)).when(record(1)).thenNothing();
  });

  it('leave none out', () => {
    given().when(record(2)).thenRejected('checkpoint_superseded');
    given(signed(1), signed(2)).when(record(1)).thenRejected('checkpoint_superseded');
  });

  it('go on where the one before ended', () => {
    const checkpoint = { ...checkpointData(2), from: checkpointData(1).from };
    given(signed(1)).when({ type: 'RecordCheckpoint', checkpoint }).thenRejected('checkpoint_superseded');
  });
});

describe('a list of heads', () => {
  it('has its parts in their order, each once', () => {
    given().when(cover(0)).then(covered(0));
    given(covered(0)).when(cover(1)).then(covered(1));
    given(covered(0), covered(1)).when(cover(0)).thenNothing();
    given(covered(0)).when(cover(2)).thenRejected('checkpoint_superseded');
  });
});
