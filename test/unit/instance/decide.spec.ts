import { describe, it } from 'vitest';
import { instanceAggregate } from '../../../src/domain/instance/aggregate.ts';
import type { InstanceCommand } from '../../../src/domain/instance/commands.ts';
import { deciderSpec } from '../../support/decider-spec.ts';
import * as instance from '../../support/instances.ts';

const given = deciderSpec(instanceAggregate.decider);
const { received, registered, held, holdLifted, deleted, dispatched, erased } = instance;
const there = [received(), registered];

const progress = (category: 'mapped' | 'ready-for-dispatch' = 'mapped'): InstanceCommand => ({
  type: 'ProgressInstance',
  category,
});
const report = (...[category, text]: Parameters<typeof instance.errorReported>): InstanceCommand => ({
  type: 'ReportError',
  ...instance.errorReported(category, text).data,
});
const requestRetry = (number = 1): InstanceCommand => ({
  type: 'RequestRetry',
  retry: instance.retryRequested(number).data,
});
const failRetry = (number = 1): InstanceCommand => ({
  type: 'FailRetry',
  failure: instance.retryFailed(number).data,
});
const dispatch = (text: string | null = 'last headers'): InstanceCommand => ({
  type: 'DispatchInstance',
  headers: dispatched(text).data.headers,
});
const settle = (some: Parameters<typeof instance.settled>[0] = {}): InstanceCommand => ({
  type: 'SettleInstance',
  settlement: instance.settled(some).data,
});
const hold: InstanceCommand = { type: 'HoldInstance', reason: held.data.reason };
const lift: InstanceCommand = { type: 'LiftHold', reason: holdLifted.data.reason };
const remove = (revision: number | null = null): InstanceCommand => ({
  type: 'DeleteInstance',
  deletion: deleted().data,
  revision,
});
const erase: InstanceCommand = { type: 'EraseInstance', receipt: erased.data };
const onInstances = [
  ...[progress(), report(), requestRetry(), failRetry(), dispatch(), settle(), hold, lift, remove(), erase],
];

describe('an instance that is not there', () => {
  it('is received and registered at once', () => {
    given()
      .when(instance.receiveCommand)
      .then(...there);
  });
  it.each(onInstances)('refuses $type', (command) => {
    given().when(command).thenRejected('unknown_instance');
  });
});

describe('an instance that is there', () => {
  it('is received once, however often it comes', () => {
    given(there).when(instance.receiveCommand).thenNothing();
    given(there, deleted(), erased).when(instance.receiveCommand).thenNothing();
  });
  it('notes how far others got with it, once each', () => {
    given(there).when(progress()).then(instance.progressed());
    given(there, instance.progressed()).when(progress()).thenNothing();
    given(there, instance.progressed())
      .when(progress('ready-for-dispatch'))
      .then(instance.progressed('ready-for-dispatch'));
  });
  it('goes through the same stage again after an error', () => {
    given(there, instance.progressed(), instance.errorReported())
      .when(progress())
      .then(instance.progressed());
  });
  it('notes what went wrong', () => {
    given(there).when(report()).then(instance.errorReported());
    given(there).when(report('dispatching', null)).then(instance.errorReported('dispatching', null));
  });
  it('notes the same error once', () => {
    given(there, instance.errorReported()).when(report()).thenNothing();
  });
  it('notes another error, another stage, and the same error after something else', () => {
    const failed = [...there, instance.errorReported()];
    given(failed)
      .when(report('mapping', 'something else'))
      .then(instance.errorReported('mapping', 'something else'));
    given(failed).when(report('dispatching')).then(instance.errorReported('dispatching'));
    given(failed, instance.retryRequested()).when(report()).then(instance.errorReported());
  });
});

describe('a retry', () => {
  it('is asked for once under each correlation id', () => {
    given(there).when(requestRetry()).then(instance.retryRequested());
    given(there, instance.retryRequested()).when(requestRetry()).thenNothing();
    given(there, instance.retryRequested()).when(requestRetry(2)).then(instance.retryRequested(2));
  });
  it('fails once, and then stays failed', () => {
    given(there).when(failRetry()).then(instance.retryFailed());
    given(there, instance.retryFailed()).when(failRetry()).thenNothing();
    given(there, instance.retryFailed()).when(requestRetry()).thenNothing();
  });
  it('does not fail where it was asked for after all', () => {
    given(there, instance.retryRequested()).when(failRetry()).thenNothing();
  });
  it.each([requestRetry(), failRetry()])('is refused once the instance is deleted: $type', (command) => {
    given(there, deleted()).when(command).thenRejected('instance_deleted');
  });
  it('that was asked for before the deletion changes nothing after it', () => {
    given(there, instance.retryRequested(), deleted()).when(requestRetry()).thenNothing();
  });
});

describe('an instance that is passed on', () => {
  it('is deleted with it, under the headers it was passed on with', () => {
    given(there).when(dispatch()).then(dispatched(), instance.deletedAsDispatched());
    given(there).when(dispatch(null)).then(dispatched(null), instance.deletedAsDispatched(null));
  });
  it('changes nothing when it is passed on again', () => {
    given(there, dispatched(), instance.deletedAsDispatched()).when(dispatch()).thenNothing();
  });
  it('is noted where its time was up before', () => {
    given(there, deleted()).when(dispatch()).then(dispatched());
  });
  it('hears no more of how it got there', () => {
    given(there, dispatched(), instance.deletedAsDispatched()).when(progress()).thenNothing();
  });
  it('still hears of errors', () => {
    given(there, dispatched(), instance.deletedAsDispatched()).when(report()).then(instance.errorReported());
  });
});

describe('a held instance', () => {
  const isHeld = [...there, held];
  it('is held once', () => {
    given(there).when(hold).then(held);
    given(isHeld).when(hold).thenNothing();
  });
  it('is let go once, and can be held again', () => {
    given(isHeld).when(lift).then(holdLifted);
    given(isHeld, holdLifted).when(lift).thenNothing();
    given(isHeld, holdLifted).when(hold).then(held);
  });
  it('is not deleted', () => {
    given(isHeld).when(remove()).thenRejected('instance_held');
    given(isHeld, holdLifted).when(remove()).then(deleted());
  });
  it('keeps its values when it is passed on, until the hold is lifted', () => {
    given(isHeld).when(dispatch()).then(dispatched());
    given(isHeld, dispatched()).when(dispatch()).thenNothing();
    given(isHeld, dispatched()).when(lift).then(holdLifted, instance.deletedAsDispatched());
  });
  it('is on its way again once it is sent out again: what was said of its arrival before is history', () => {
    const again = [...isHeld, dispatched(), instance.retryRequested()];
    given(again).when(progress()).then(instance.progressed());
    given(again).when(dispatch('headers of the second time')).then(dispatched('headers of the second time'));
    given(again).when(lift).then(holdLifted);
    given(again, holdLifted).when(dispatch()).then(dispatched(), instance.deletedAsDispatched());
  });
  it('cannot be held once it is deleted', () => {
    given(there, deleted()).when(hold).thenRejected('instance_deleted');
    given(there, deleted()).when(lift).thenNothing();
  });
});

describe('a failed instance', () => {
  const archived = {
    as: 'overridden-as-transferred',
    archiveInstanceId: instance.sealedText('2026/7'),
  } as const;
  it('is settled by a person, once', () => {
    given(there, instance.errorReported()).when(settle()).then(instance.settled());
    given(there, instance.errorReported(), instance.settled()).when(settle()).thenNothing();
    given(there, instance.errorReported(), instance.settled(archived)).when(settle(archived)).thenNothing();
  });
  it('is settled where its retry could not be asked for', () => {
    given(there, instance.retryFailed()).when(settle(archived)).then(instance.settled(archived));
  });
  it('is settled also once it is deleted and erased', () => {
    given(there, instance.errorReported(), deleted(), erased).when(settle()).then(instance.settled());
  });
  it.each([{ as: 'manually-rejected' as const }, { reason: 'because' }, archived])(
    'is not settled in another way afterwards: %o',
    (another) => {
      given(there, instance.errorReported(), instance.settled())
        .when(settle(another))
        .thenRejected('instance_not_failed');
    },
  );
  it.each([[], [instance.progressed()], [instance.retryRequested()], [dispatched(), deleted('dispatched')]])(
    'is one whose latest is an error: not %o',
    (...later) => {
      given(there, instance.errorReported(), instance.retryRequested(), later)
        .when(settle())
        .thenRejected('instance_not_failed');
    },
  );
});

describe('the deletion of an instance', () => {
  it('happens once, whoever asks', () => {
    given(there).when(remove()).then(deleted());
    given(there, deleted('requested')).when(remove()).thenNothing();
    given(there, dispatched(), instance.deletedAsDispatched()).when(remove()).thenNothing();
  });
  it('is refused where something happened since it was found fit to go', () => {
    given(there).when(remove(1)).then(deleted());
    given(there, instance.retryRequested()).when(remove(1)).thenRejected('precondition_failed');
  });
});

describe('the erasure of an instance', () => {
  it('follows its deletion, once', () => {
    given(there, deleted()).when(erase).then(erased);
    given(there, deleted(), erased).when(erase).thenNothing();
  });
  it('is refused before its deletion', () => {
    given(there).when(erase).thenRejected('instance_not_deleted');
  });
});
