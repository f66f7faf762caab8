import { describe, it } from 'vitest';
import { MAX_INT64 } from '../../../src/domain/int64.ts';
import { intakeAggregate } from '../../../src/domain/intake/aggregate.ts';
import type { IntakeCommand } from '../../../src/domain/intake/decide.ts';
import { retryBatchAggregate } from '../../../src/domain/retrybatch/aggregate.ts';
import type { RetryBatchCommand } from '../../../src/domain/retrybatch/decide.ts';
import { sequenceAggregate } from '../../../src/domain/sequence/aggregate.ts';
import type { SequenceEvent } from '../../../src/domain/sequence/events.ts';
import { deciderSpec } from '../../support/decider-spec.ts';
import * as instance from '../../support/instances.ts';

describe('a delivery', () => {
  const given = deciderSpec(intakeAggregate.decider);
  const allocate = (instanceId = '7'): IntakeCommand => ({ type: 'AllocateId', instanceId });
  const refuse = (text?: string): IntakeCommand => ({
    type: 'RefuseIntake',
    refusal: instance.intakeRefused(text).data,
  });

  it('gets an id', () => given().when(allocate()).then(instance.allocated()));
  it('keeps the id it got first', () => {
    given(instance.allocated()).when(allocate('8')).thenNothing();
  });
  it('is refused once', () => {
    given().when(refuse()).then(instance.intakeRefused());
    given(instance.intakeRefused()).when(refuse('in other words')).thenNothing();
  });
  it('can be refused with an id already', () => {
    given(instance.allocated()).when(refuse()).then(instance.intakeRefused());
  });
  it('can get an id after it was refused', () => {
    given(instance.intakeRefused()).when(allocate()).then(instance.allocated());
  });
  it('that was refused is erased once, and stays refused', () => {
    const erase: IntakeCommand = { type: 'EraseIntake', receipt: instance.intakeErased.data };
    given(instance.intakeRefused()).when(erase).then(instance.intakeErased);
    given(instance.intakeRefused(), instance.intakeErased).when(erase).thenNothing();
    given(instance.intakeRefused(), instance.intakeErased).when(refuse('again')).thenNothing();
  });
  it('that was not refused has nothing to erase', () => {
    given(instance.allocated())
      .when({ type: 'EraseIntake', receipt: instance.intakeErased.data })
      .thenNothing();
  });
});

describe('a sequence of ids', () => {
  const given = deciderSpec(sequenceAggregate.decider);
  const reserve = (after: bigint, size = 1000) => ({ type: 'ReserveBlock', after, size }) as const;
  const block = (from: bigint, to: bigint): SequenceEvent => ({
    type: 'BlockReserved',
    data: { from: String(from), to: String(to) },
  });

  it('begins with 1', () => given().when(reserve(0n)).then(block(1n, 1000n)));
  it('goes on after the last block', () => {
    given(block(1n, 1000n)).when(reserve(1000n, 10)).then(block(1001n, 1010n));
  });
  it('reserves nothing for who has not seen its end', () => {
    given(block(1n, 1000n)).when(reserve(0n)).thenNothing();
  });
  it('ends with the last 64-bit integer', () => {
    given(block(1n, MAX_INT64 - 5n))
      .when(reserve(MAX_INT64 - 5n))
      .then(block(MAX_INT64 - 4n, MAX_INT64));
    given(block(1n, MAX_INT64)).when(reserve(MAX_INT64)).thenRejected('ids_exhausted');
  });
  it('loses no digit beyond 2^53', () => {
    given(block(1n, 2n ** 53n))
      .when(reserve(2n ** 53n, 1))
      .then(block(9007199254740993n, 9007199254740993n));
  });
});

describe('a batch of retries', () => {
  const given = deciderSpec(retryBatchAggregate.decider);
  const request = (...instanceIds: string[]): RetryBatchCommand => ({ type: 'RequestBatch', instanceIds });
  const finish = (...instanceIds: string[]): RetryBatchCommand => ({
    type: 'FinishBatch',
    results: instance.batchFinished(...instanceIds).data.results,
  });

  it('is asked for once', () => {
    given().when(request('1', '2')).then(instance.batchRequested('1', '2'));
    given(instance.batchRequested('1', '2')).when(request('3')).thenNothing();
  });
  it('may be empty', () => given().when(request()).then(instance.batchRequested()));
  it('is finished once', () => {
    given(instance.batchRequested('1')).when(finish('1')).then(instance.batchFinished('1'));
    given(instance.batchRequested('1'), instance.batchFinished('1')).when(finish()).thenNothing();
  });
  it('is not finished before it was asked for', () => {
    given().when(finish('1')).thenRejected('unknown_retry_batch');
  });
});
