import { expect } from 'vitest';
import type { Definition } from '../../src/domain/orchestration/events.ts';
import type { SagaCommand } from '../../src/domain/saga/commands.ts';
import { sagaDecider } from '../../src/domain/saga/decide.ts';
import type { Facts } from '../../src/domain/saga/facts.ts';
import type { Append } from '../../src/queries/what-if/history.ts';
import type { Premise } from '../../src/queries/what-if/redecide.ts';
import { runWhatIf } from '../../src/queries/what-if/run-what-if.ts';
import { facts, NOW, start } from './saga-builders.ts';

type Tell = (known: Facts) => SagaCommand;
/** When it is told, in milliseconds after the start. A second after what comes before it, unless said otherwise. */
export type Told = Tell | readonly [afterMs: number, tell: Tell];

/** A run of a definition that was told this, one thing after the other. Its steps are served, and no others. */
export const recordedRun = (definition: Definition, ...told: readonly Told[]): Premise => {
  const appends: Append[] = [];
  let state = sagaDecider.initial;
  let now = NOW;
  for (const one of [start, ...told]) {
    const [at, tell] = typeof one === 'function' ? [now + 1000, one] : [NOW + one[0], one[1]];
    now = tell === start ? NOW : at;
    const decision = sagaDecider.decide(tell(facts(definition, { now })), state);
    if (decision.kind === 'rejected') expect.fail(decision.detail);
    const revision = state.kind === 'run' ? state.revision + 1 : 0;
    decision.events.forEach((event, index) => {
      state = sagaDecider.evolve(state, event, revision + index);
    });
    const { events } = decision;
    if (events.length > 0) appends.push({ revision, position: String(revision), at: now, events });
  }
  const own = new Set(definition.steps.map(({ name }) => name));
  const served: Premise['served'] = (step) => (own.has(step) ? servedByAll(step, '') : []);
  return { appends, recorded: definition, changed: definition, served, supplied: new Map() };
};

/** The recorded run asked about under another definition. */
export const under = (premise: Premise, changed: Definition, more: Partial<Premise> = {}) =>
  runWhatIf({ ...premise, changed, ...more });

/** Everybody serves everything. */
export const servedByAll: Premise['served'] = (step) => [{ service: `${step}-service`, transport: 'http' }];

/** Differences as short texts: `missing StepDispatched do b`. */
export const textsOf = ({
  differences,
}: Pick<ReturnType<typeof runWhatIf>, 'differences'>): readonly string[] =>
  differences.map(({ kind, type, step, action }) =>
    [kind, type, action, step].filter((part) => part !== null).join(' '),
  );
