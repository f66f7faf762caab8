import { describe, expect, it } from 'vitest';
import { instanceAggregate } from '../../../src/domain/instance/aggregate.ts';
import type { InstanceEvent } from '../../../src/domain/instance/events.ts';
import { sealed } from '../../../src/domain/sealed.ts';
import * as instance from '../../support/instances.ts';

const { initial, evolve } = instanceAggregate.decider;
const folded = (...events: readonly InstanceEvent[]) => {
  const state = events.reduce(evolve, initial);
  if (state.kind === 'absent') throw new Error('it was expected to be there');
  return state;
};
const start = [instance.received(), instance.registered];

const sealedIn = ({ data }: InstanceEvent): number =>
  Object.values(data).filter((value) => sealed.safeParse(value).success).length;

describe('the state of an instance', () => {
  it('knows every correlation id it went under', () => {
    const { correlationIds } = folded(...start, instance.retryRequested(1), instance.retryFailed(2));
    expect([...correlationIds]).toEqual([0, 1, 2].map(instance.correlationAt));
  });

  it('counts what is sealed in its stream', () => {
    const all = [
      ...start,
      ...instance.laterInstanceEvents,
      ...[instance.errorReported('mapping', null), instance.dispatched(null)],
      ...[instance.deletedAsDispatched(), instance.settled({ archiveInstanceId: instance.sealedText('7') })],
    ];
    const expected = all.reduce((sum, event) => sum + sealedIn(event), 0);
    expect(expected).toBe(9);
    expect(folded(...all).sealedValues).toBe(expected);
  });

  it.each(instance.laterInstanceEvents)('stays absent where $type comes first', (event) => {
    expect(evolve(initial, event, 0)).toEqual({ kind: 'absent' });
  });

  it('is at the revision of its last event', () => {
    expect(folded(...start, instance.progressed()).revision).toBe(2);
  });
});
