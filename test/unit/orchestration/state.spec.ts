import { describe, expect, it } from 'vitest';
import { orchestrationAggregate } from '../../../src/domain/orchestration/aggregate.ts';
import type { OrchestrationEvent } from '../../../src/domain/orchestration/events.ts';
import {
  currentVersion,
  definitionOf,
  unknownSteps,
  workersOf,
} from '../../../src/domain/orchestration/state.ts';
import { defined, workersRegistered } from '../../support/registrations.ts';

const { decider } = orchestrationAggregate;
const after = (...events: readonly OrchestrationEvent[]) => events.reduce(decider.evolve, decider.initial);

describe('the state of an orchestration', () => {
  const state = after(
    workersRegistered('w1', ['a', 'x'], ['a', 'x']),
    defined(['a', 'b']),
    workersRegistered('w2', ['a']),
    defined(['a', 'b', 'c'], { version: 2, hash: 'h2' }),
  );

  it('keeps every version for the runs pinned to it', () => {
    expect(definitionOf(state, 1)?.steps.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(definitionOf(state, 2)?.steps.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
    expect(definitionOf(state, 3)).toBeUndefined();
  });

  it('starts new runs with the last version', () => {
    expect(currentVersion(state)).toMatchObject({ version: 2, hash: 'h2', initiator: 'front' });
  });

  it('knows since when there is a definition', () => {
    expect(state.definedAt).toBe(1);
    expect(after(workersRegistered('w', ['a'])).definedAt).toBeNull();
  });

  it('names the services of a step, first registered first', () => {
    expect(workersOf(state, 'a')).toEqual([
      { service: 'w1', transport: 'http' },
      { service: 'w2', transport: 'http' },
    ]);
    expect(workersOf(state, 'b')).toEqual([]);
  });

  it('tells known steps from unknown ones', () => {
    expect(unknownSteps(state, ['x', 'a'])).toEqual(['x']);
    expect(unknownSteps(decider.initial, ['a'])).toEqual(['a']);
  });
});
