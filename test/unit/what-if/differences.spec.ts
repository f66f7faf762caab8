import { describe, expect, it } from 'vitest';
import type { SagaEvent } from '../../../src/domain/saga/events.ts';
import { differencesOf } from '../../../src/queries/what-if/differences.ts';
import { RESULT } from '../../support/saga-builders.ts';
import { succeeded } from '../../support/saga-events.ts';

const appended = (...events: readonly SagaEvent[]) => [{ revision: 0, events }];

describe('what differs', () => {
  it('is told without what is sealed in it', () => {
    const recorded = succeeded('a');
    if (recorded.type !== 'StepSucceeded') throw new Error('another event');
    const decided = { ...recorded, data: { ...recorded.data, result: null } };
    expect(recorded.data.result).toBe(RESULT);
    expect(differencesOf(appended(recorded), appended(decided))).toEqual([
      {
        ...{ kind: 'changed', type: 'StepSucceeded', step: 'a', action: 'do', attempt: 1, revision: 0 },
        changes: [{ field: 'result', recorded: 'sealed', decided: null }],
      },
    ]);
  });
});
