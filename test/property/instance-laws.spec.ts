import fc from 'fast-check';
import { instanceAggregate } from '../../src/domain/instance/aggregate.ts';
import type { InstanceCommand } from '../../src/domain/instance/commands.ts';
import {
  deletionReason,
  errorCategory,
  progressCategory,
  settlement,
} from '../../src/domain/instance/events.ts';
import { MAX_INT64 } from '../../src/domain/int64.ts';
import { intakeAggregate } from '../../src/domain/intake/aggregate.ts';
import type { IntakeCommand } from '../../src/domain/intake/decide.ts';
import { retryBatchAggregate } from '../../src/domain/retrybatch/aggregate.ts';
import type { RetryBatchCommand } from '../../src/domain/retrybatch/decide.ts';
import { sequenceAggregate } from '../../src/domain/sequence/aggregate.ts';
import type { ReserveBlock } from '../../src/domain/sequence/decide.ts';
import { deciderLaws } from '../support/decider-laws.ts';
import * as instance from '../support/instances.ts';

const sealedOrNone = fc.option(fc.constantFrom('one', 'another').map(instance.sealedText));
const retry = fc.integer({ min: 1, max: 2 });
const reason = fc.constantFrom('because', 'why not');

const command: fc.Arbitrary<InstanceCommand> = fc.oneof(
  fc.constant(instance.receiveCommand),
  fc.record({
    type: fc.constant('ProgressInstance' as const),
    category: fc.constantFrom(...progressCategory.options),
  }),
  fc.record({
    type: fc.constant('ReportError' as const),
    category: fc.constantFrom(...errorCategory.options),
    errors: sealedOrNone,
  }),
  retry.map((number) => ({ type: 'RequestRetry' as const, retry: instance.retryRequested(number).data })),
  retry.map((number) => ({ type: 'FailRetry' as const, failure: instance.retryFailed(number).data })),
  fc.record({ type: fc.constant('DispatchInstance' as const), headers: sealedOrNone }),
  fc
    .record({
      as: fc.constantFrom(...settlement.options),
      reason: fc.option(reason),
      archiveInstanceId: sealedOrNone,
    })
    .map((data) => ({ type: 'SettleInstance' as const, settlement: data })),
  fc.record({ type: fc.constant('HoldInstance' as const), reason }),
  fc.record({ type: fc.constant('LiftHold' as const), reason }),
  fc.record({
    type: fc.constant('DeleteInstance' as const),
    deletion: fc.constantFrom(...deletionReason.options).map((why) => instance.deleted(why).data),
    revision: fc.option(fc.integer({ min: 1, max: 6 }), { freq: 2 }),
  }),
  fc.constant({ type: 'EraseInstance' as const, receipt: instance.erased.data }),
);

deciderLaws('an instance', instanceAggregate, {
  scripts: fc
    .array(command, { minLength: 1, maxLength: 14 })
    .map((script) => [instance.receiveCommand, ...script]),
});

const delivery: fc.Arbitrary<IntakeCommand> = fc.oneof(
  fc.constantFrom('7', '8').map((instanceId) => ({ type: 'AllocateId' as const, instanceId })),
  fc
    .constantFrom('one', 'another')
    .map((text) => ({ type: 'RefuseIntake' as const, refusal: instance.intakeRefused(text).data })),
  fc.constant({ type: 'EraseIntake' as const, receipt: instance.intakeErased.data }),
);

deciderLaws('a delivery', intakeAggregate, { scripts: fc.array(delivery, { minLength: 1, maxLength: 6 }) });

const reservation: fc.Arbitrary<ReserveBlock> = fc.record({
  type: fc.constant('ReserveBlock' as const),
  after: fc.constantFrom(0n, 0n, 1000n, 2000n, MAX_INT64),
  size: fc.constantFrom(1000, Number.MAX_SAFE_INTEGER),
});

deciderLaws('a sequence', sequenceAggregate, {
  scripts: fc
    .array(reservation, { minLength: 1, maxLength: 6 })
    .map((script) => [{ type: 'ReserveBlock', after: 0n, size: 1000 }, ...script]),
});

const batch: fc.Arbitrary<RetryBatchCommand> = fc
  .array(fc.constantFrom('1', '2', '3'))
  .chain((instanceIds) =>
    fc.constantFrom(
      { type: 'RequestBatch' as const, instanceIds },
      { type: 'FinishBatch' as const, results: instance.batchFinished(...instanceIds).data.results },
    ),
  );

deciderLaws('a batch of retries', retryBatchAggregate, {
  scripts: fc
    .array(batch, { minLength: 1, maxLength: 6 })
    .map((script) => [{ type: 'RequestBatch', instanceIds: ['1'] }, ...script]),
});
