import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sagaAggregate } from '../../src/domain/saga/aggregate.ts';
import type { SagaCommand } from '../../src/domain/saga/commands.ts';
import type { SagaEvent } from '../../src/domain/saga/events.ts';
import { sagaEvents } from '../../src/domain/saga/events.ts';
import { nextEvents } from '../../src/domain/saga/next-action.ts';
import { statusOf } from '../../src/domain/saga/state.ts';
import type { SagaState } from '../../src/domain/saga/state.ts';
import { projectSaga } from '../../src/projections/saga/projection.ts';
import type { SagaDocument } from '../../src/projections/saga/read-model.ts';
import { deciderLaws } from '../support/decider-laws.ts';
import { sagaChecker } from '../support/saga-checker.ts';
import { told } from '../support/saga-builders.ts';
import { scripts } from '../support/saga-scripts.ts';
import type { Script } from '../support/saga-scripts.ts';
import { stored } from '../support/saga-stored.ts';
import { sagaWorld } from '../support/saga-world.ts';

const RUNS = 1000;

/** Plays a script and has every event and every rest looked at. */
const play = (
  script: Script,
  onRest: (state: SagaState, events: readonly SagaEvent[]) => void = () => undefined,
) => {
  const checker = sagaChecker(script.definition);
  let seen = 0;
  const look = (state: SagaState, events: readonly SagaEvent[]) => {
    for (const event of events.slice(seen)) checker.see(event);
    seen = events.length;
    checker.rest();
    onRest(state, events);
  };
  const world = sagaWorld(script, look);
  for (const move of script.moves) world.play(move);
  return world;
};

/** The commands a script led to: a history the laws can play again. */
const commands: fc.Arbitrary<readonly SagaCommand[]> = scripts.map((script) => play(script).sent);

deciderLaws('the saga', sagaAggregate, { scripts: commands });

describe('a run, whatever happens to it', () => {
  it('keeps every rule of its events', () => {
    const types = new Set<string>();
    fc.assert(
      fc.property(scripts, (script) => {
        for (const { type } of play(script).events) types.add(type);
      }),
      { numRuns: RUNS },
    );
    // Rules that were never put to the test hold of anything.
    expect([...types].sort()).toEqual(Object.keys(sagaEvents).sort());
  });

  it('has nothing left to do by itself after any command', () => {
    fc.assert(
      fc.property(scripts, (script) => {
        const world = sagaWorld(script, (state, _events, known) => {
          if (state.kind === 'run') expect(nextEvents(state, known)).toEqual([]);
        });
        for (const move of script.moves) world.play(move);
      }),
      { numRuns: RUNS / 2 },
    );
  });

  it('reads in its document as it stands, delivered once or twice', () => {
    const reasons = new Set<string | undefined>();
    const property = fc.property(scripts, (script) => {
      play(script, (state, events) => {
        const log = stored(events);
        const document = log.reduce<SagaDocument | undefined>(projectSaga, undefined);
        expect(document?.status).toBe(state.kind === 'run' ? statusOf(state) : undefined);
        expect(document?.waiting === null).toBe(document?.ended !== null);
        expect(log.flatMap((event) => [event, event]).reduce(projectSaga, undefined)).toEqual(document);
        reasons.add(document?.waiting?.reason);
      });
    });
    fc.assert(property, { numRuns: RUNS / 10 });
    expect(reasons.size).toBeGreaterThan(4);
  });

  it('ends, or waits for a person, once workers are back and answer', () => {
    const endings = new Set<string>();
    fc.assert(
      fc.property(scripts, (script) => {
        const world = play(script);
        world.calm();
        const state = world.state();
        const status = state.kind === 'run' ? statusOf(state) : 'absent';
        endings.add(status);
        expect(['COMPLETED', 'FAILED', 'UNDONE', 'CANCELLED', 'UNDO_FAILED']).toContain(status);
      }),
      { numRuns: RUNS },
    );
    expect(endings.size).toBe(5);
  });

  it('ends for good when a person skips every undo that is stuck', () => {
    fc.assert(
      fc.property(scripts, (script) => {
        const world = play(script);
        world.calm();
        for (const { name: step } of script.definition.steps) {
          world.send(told({ type: 'SkipStep', step, reason: 'by hand' }, world.known()));
          world.calm();
        }
        const state = world.state();
        expect(state.kind === 'run' ? state.ended : null).not.toBeNull();
      }),
      { numRuns: RUNS / 2 },
    );
  });
});
