import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Definition } from '../../src/domain/orchestration/events.ts';
import { sagaDecider } from '../../src/domain/saga/decide.ts';
import { sagaEvents } from '../../src/domain/saga/events.ts';
import type { SagaEvent } from '../../src/domain/saga/events.ts';
import type { Facts } from '../../src/domain/saga/facts.ts';
import type { SagaState } from '../../src/domain/saga/state.ts';
import { pinnedTo } from '../../src/queries/what-if/evidence.ts';
import { goAhead } from '../../src/queries/what-if/going-on.ts';
import type { Append } from '../../src/queries/what-if/history.ts';
import { redecide } from '../../src/queries/what-if/redecide.ts';
import type { Premise } from '../../src/queries/what-if/redecide.ts';
import { runWhatIf } from '../../src/queries/what-if/run-what-if.ts';
import { facts } from '../support/saga-builders.ts';
import { definitions, scripts } from '../support/saga-scripts.ts';
import type { Script } from '../support/saga-scripts.ts';
import { sagaWorld } from '../support/saga-world.ts';
import { flawOf, upTo } from '../support/what-if.ts';

const RUNS = 1000;

/** What a script leads to, as the log would have it. Its clock is behind that of the decisions, or ahead of it. */
const played = (script: Script, skewMs: number): Premise => {
  const appends: Append[] = [];
  const world = sagaWorld(script, (_state, events, known) => {
    const revision = appends.reduce((sum, append) => sum + append.events.length, 0);
    const taken = events.slice(revision);
    const position = String(appends.length);
    if (taken.length > 0) appends.push({ revision, position, at: known.now + skewMs, events: taken });
  });
  for (const move of script.moves) world.play(move);
  const { definition } = script;
  const premise = { appends, recorded: definition, changed: definition, served, supplied: new Map() };
  return upTo(premise, appends);
};

/** Who the log says serves a step need not be whom the decision knew of. */
const served: Premise['served'] = (step) => [{ service: `${step}-worker`, transport: 'kafka' }];

const factsOf = (state: SagaState, changed: Definition, isServed: boolean): Facts => ({
  ...facts(changed),
  definition: pinnedTo(state, changed) ?? facts(changed).definition,
  workers: isServed ? facts(changed).workers : new Map(),
});

const skews = fc.constantFrom(0, -4000, 4000);
const typesOf = (appends: readonly { readonly events: readonly SagaEvent[] }[]): readonly string[] =>
  appends.flatMap(({ events }) => events.map(({ type }) => type));

describe('what-if', () => {
  it('finds nothing different under the definition that a run was made under', () => {
    const types = new Set<string>();
    fc.assert(
      fc.property(scripts, skews, (script, skewMs) => {
        const premise = played(script, skewMs);
        for (const type of typesOf(premise.appends)) types.add(type);
        expect(flawOf(premise)).toBeUndefined();
      }),
      { numRuns: RUNS },
    );
    expect([...types].sort()).toEqual(Object.keys(sagaEvents).sort());
  });

  it('decides a history that the other definition would have led to: decided once more, it is the same', () => {
    let diverged = 0;
    fc.assert(
      fc.property(scripts, definitions, (script, changed) => {
        const premise = { ...played(script, 0), changed };
        const first = redecide(premise);
        if (runWhatIf(premise).firstDivergence !== null) diverged += 1;
        const again = first.appends.map((append, index) => ({ ...append, position: String(index) }));
        const recorded = premise.recorded === null ? null : changed;
        expect(flawOf({ ...premise, appends: again, recorded })).toBeUndefined();
      }),
      { numRuns: RUNS },
    );
    expect(diverged).toBeGreaterThan(RUNS / 4);
  });

  it('comes to an end if all goes well, or names what keeps it from one', () => {
    const seen = { ends: 0, hindered: 0 };
    fc.assert(
      fc.property(scripts, definitions, fc.boolean(), (script, changed, isServed) => {
        const { state } = redecide({ ...played(script, 0), changed });
        const { events, hindrances } = goAhead(state, factsOf(state, changed, isServed));
        const end = events.reduce((run, event) => sagaDecider.evolve(run, event, 0), state);
        const isOver = end.kind === 'run' && end.ended !== null;
        seen[isOver ? 'ends' : 'hindered'] += 1;
        expect(isOver || hindrances.length > 0).toBe(true);
      }),
      { numRuns: RUNS },
    );
    expect(Math.min(seen.ends, seen.hindered)).toBeGreaterThan(RUNS / 20);
  });

  it('says the same twice, and leaves what it was given as it was', () => {
    fc.assert(
      fc.property(scripts, definitions, (script, changed) => {
        const premise = { ...played(script, 0), changed };
        const { appends } = structuredClone({ appends: premise.appends });
        expect(runWhatIf(premise)).toEqual(runWhatIf(premise));
        expect(premise.appends).toEqual(appends);
      }),
      { numRuns: RUNS / 5 },
    );
  });
});
