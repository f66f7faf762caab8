import { describe, expect, it } from 'vitest';
import type { InstanceEvent } from '../../../src/domain/instance/events.ts';
import { instances } from '../../../src/projections/instances/projection.ts';
import { instanceRow } from '../../../src/projections/instances/read-model.ts';
import * as instance from '../../support/instances.ts';
import { folded, logOf, logPosition, timeAt } from '../../support/read-models.ts';

const fold = (...later: readonly InstanceEvent[]) => {
  const events = [instance.received(), instance.registered, ...later];
  const log = logOf(...events.map((event) => ['instance-7', event] as const));
  return instanceRow.parse(folded(instances, log).get('7')?.body);
};

describe('an instance in the collection', () => {
  it('says what it is and how it stands, and nothing of what is sealed', () => {
    const row = fold();
    expect(row).toEqual({
      ...{ id: '7', kind: 'instance', order: '09223372036854775815' },
      ...{ status: 'IN_PROGRESS', storageStatus: 'STORED', latest: 'received', errorCategory: null },
      ...{ sourceApplicationId: '4', sourceApplicationIntegrationId: 'form-7', integrationId: '12' },
      ...{ correlationId: instance.correlationAt(0), correlationIds: [instance.correlationAt(0)] },
      ...{ retries: 0, intakeId: instance.intakeAt(1), size: 9, held: false, owner: 'erik' },
      ...{ createdAt: timeAt(0), receivedAt: timeAt(0), updatedAt: timeAt(1) },
      ...{ deletedAt: null, deletionReason: null, erasedAt: null, plaintextUntil: null },
      ...{ revision: 1, position: logPosition(1) },
    });
    expect(JSON.stringify(row)).not.toContain('1.k-1.');
  });

  it('was made when an import says so, and came when it came', () => {
    const createdAt = '2020-02-03T04:05:06.789Z';
    const log = logOf(['instance-7', instance.received({ createdAt })]);
    const row = instanceRow.parse(folded(instances, log).get('7')?.body);
    expect(row).toMatchObject({ createdAt, receivedAt: timeAt(0), storageStatus: 'NEVER_STORED' });
  });

  it.each([
    ['IN_PROGRESS', 'mapped', instance.progressed('mapped'), null],
    ['IN_PROGRESS', 'ready-for-dispatch', instance.progressed('ready-for-dispatch'), null],
    ['IN_PROGRESS', 'retry-requested', instance.retryRequested(), null],
    ['TRANSFERRED', 'dispatched', instance.dispatched(), null],
    ['TRANSFERRED', 'manually-processed', instance.settled({ as: 'manually-processed' }), null],
    ['TRANSFERRED', 'overridden-as-transferred', instance.settled({ as: 'overridden-as-transferred' }), null],
    ['ABORTED', 'manually-rejected', instance.settled({ as: 'manually-rejected' }), null],
    ['FAILED', 'receival-error', instance.errorReported('receival'), 'receival'],
    ['FAILED', 'registration-error', instance.errorReported('registration'), 'registration'],
    ['FAILED', 'retry-request-error', instance.errorReported('retry-request'), 'retry-request'],
    ['FAILED', 'mapping-error', instance.errorReported('mapping'), 'mapping'],
    ['FAILED', 'dispatching-error', instance.errorReported('dispatching'), 'dispatching'],
    ['FAILED', 'retry-request-error', instance.retryFailed(), 'retry-request'],
  ] as const)('is %s after %s', (status, latest, event, errorCategory) => {
    expect(fold(instance.errorReported('receival'), event)).toMatchObject({ status, latest, errorCategory });
  });

  it('keeps its status when it is held, deleted and erased', () => {
    const failed = instance.errorReported('mapping');
    const held = fold(failed, instance.held);
    expect(held).toMatchObject({ status: 'FAILED', held: true, errorCategory: 'mapping' });
    expect(fold(failed, instance.held, instance.holdLifted).held).toBe(false);
    const gone = fold(failed, instance.deleted('requested'));
    expect(gone).toMatchObject({ status: 'FAILED', latest: 'mapping-error', deletionReason: 'requested' });
    expect(gone).toMatchObject({ storageStatus: 'STORED_AND_DELETED', deletedAt: timeAt(3), erasedAt: null });
    expect(fold(failed, instance.deleted(), instance.erased)).toMatchObject({
      ...{ deletionReason: 'expired', erasedAt: timeAt(4), plaintextUntil: '2026-01-05T00:00:00.000Z' },
    });
  });

  it('knows what it went under first and last, however often it was sent out', () => {
    const once = fold(instance.retryRequested(1), instance.retryFailed(2));
    expect(once).toMatchObject({ retries: 1, correlationId: instance.correlationAt(2) });
    expect(once.correlationIds).toEqual([0, 1, 2].map(instance.correlationAt));
    const often = fold(...Array.from({ length: 250 }, (_, index) => instance.retryRequested(index + 1)));
    expect(often.retries).toBe(250);
    expect(often.correlationIds).toHaveLength(100);
    expect(often.correlationIds.slice(0, 2)).toEqual([0, 152].map(instance.correlationAt));
    expect(often.correlationIds.at(-1)).toBe(instance.correlationAt(250));
  });

  it('stands where its number stands, also beyond what a double can tell apart', () => {
    const ids = ['-9223372036854775808', '-1', '0', '9', '10', '9007199254740993', '9223372036854775807'];
    const log = logOf(...ids.map((id) => [`instance-${id}`, instance.received()] as const));
    const orders = [...folded(instances, log).values()].map(({ body }) => body?.['order']);
    expect(orders).toEqual(orders.toSorted());
    expect(new Set(orders).size).toBe(ids.length);
  });
});

describe('a delivery in the collection', () => {
  const intake = `intake-${instance.intakeAt(1)}`;

  it('is not there while all it has is an id', () => {
    expect(folded(instances, logOf([intake, instance.allocated()]))).toEqual(new Map());
  });

  it('that was refused failed and was never stored', () => {
    const log = logOf([intake, instance.allocated()], [intake, instance.intakeRefused('a secret')]);
    const row = instanceRow.parse(folded(instances, log).get(instance.intakeAt(1))?.body);
    expect(row).toMatchObject({
      ...{ id: instance.intakeAt(1), kind: 'refused-intake', order: null, sourceApplicationId: '4' },
      ...{ status: 'FAILED', storageStatus: 'NEVER_STORED', errorCategory: 'registration', revision: 1 },
    });
    expect(JSON.stringify(row)).not.toContain('1.k-1.');
  });

  it('that others refused before it came says so', () => {
    const { type, data } = instance.intakeRefused();
    const log = logOf([intake, { type, data: { ...data, category: 'receival' } }]);
    const row = instanceRow.parse(folded(instances, log).get(instance.intakeAt(1))?.body);
    expect(row).toMatchObject({ status: 'FAILED', latest: 'receival-error', errorCategory: 'receival' });
  });

  it('is gone with the erasure of its refusal', () => {
    const refused = [[intake, instance.intakeRefused('a secret')] as const];
    const log = logOf(...refused, [intake, instance.intakeErased]);
    expect(folded(instances, log).get(instance.intakeAt(1))?.body ?? null).toBeNull();
  });
});
