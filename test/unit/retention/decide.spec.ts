import { describe, it } from 'vitest';
import { retentionAggregate } from '../../../src/domain/retention/aggregate.ts';
import { deciderSpec } from '../../support/decider-spec.ts';
import { runData, resultData, runFinished, runStarted } from '../../support/retention.ts';

const given = deciderSpec(retentionAggregate.decider);
const start = (run: number) => ({ type: 'StartRetentionRun', run: runData(run) }) as const;
const finish = (run: number) => ({ type: 'FinishRetentionRun', result: resultData(run) }) as const;

describe('a retention run', () => {
  it('starts where none is under way', () => {
    given().when(start(1)).then(runStarted(1));
    given(runStarted(1), runFinished(1)).when(start(2)).then(runStarted(2));
  });

  it('starts once', () => {
    given(runStarted(1)).when(start(1)).thenNothing();
    given(runStarted(1), runFinished(1)).when(start(1)).thenNothing();
  });

  it('does not start beside another one', () => {
    given(runStarted(1)).when(start(2)).thenRejected('retention_running');
  });

  it('ends once', () => {
    given(runStarted(1)).when(finish(1)).then(runFinished(1));
    given(runStarted(1), runFinished(1)).when(finish(1)).thenNothing();
    given(runStarted(1), runFinished(1), runStarted(2)).when(finish(1)).thenNothing();
  });

  it('does not end another run, nor one that never was', () => {
    given().when(finish(1)).thenRejected('retention_superseded');
    given(runStarted(2)).when(finish(1)).thenRejected('retention_superseded');
  });
});
