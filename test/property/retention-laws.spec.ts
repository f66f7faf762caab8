import fc from 'fast-check';
import { retentionAggregate } from '../../src/domain/retention/aggregate.ts';
import type { RetentionCommand } from '../../src/domain/retention/commands.ts';
import { deciderLaws } from '../support/decider-laws.ts';
import { resultData, runData } from '../support/retention.ts';

const command: fc.Arbitrary<RetentionCommand> = fc
  .tuple(fc.boolean(), fc.nat(3))
  .map(([isStart, run]) =>
    isStart
      ? { type: 'StartRetentionRun', run: runData(run) }
      : { type: 'FinishRetentionRun', result: resultData(run) },
  );

deciderLaws('retention runs', retentionAggregate, { scripts: fc.array(command, { maxLength: 12 }) });
