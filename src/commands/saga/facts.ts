import { orchestrationStream } from '../../domain/orchestration/aggregate.ts';
import { currentVersion, workersOf } from '../../domain/orchestration/state.ts';
import type { DefinitionVersion, OrchestrationState } from '../../domain/orchestration/state.ts';
import type { Facts } from '../../domain/saga/facts.ts';
import type { DefinitionRef } from '../../domain/saga/state.ts';
import type { SagaDeps } from '../deps.ts';
import { whenThere } from '../when-there.ts';
import type { Soon } from '../../infra/clock/port.ts';

/** What does not change between two moves of an orchestration's stream. */
type Known = Pick<Facts, 'definition' | 'workers'> & {
  /** Every step is served by somebody. */
  readonly isServed: boolean;
};

/** Per state of an orchestration, and per version: what every command on its runs needs to know. */
const known = new WeakMap<OrchestrationState, Map<number, Known>>();

/**
 * What a decision on a run needs from elsewhere: the definition the run is pinned to (the current one where
 * `pinned` is null), who serves its steps now, the time, and a random number for back-offs. Not a promise where nothing
 * had to be read.
 */
export const factsOf = (
  deps: Pick<SagaDeps, 'orchestrations' | 'clock' | 'random'>,
  orchName: string,
  pinned: DefinitionRef | null,
): Soon<Facts> =>
  whenThere(knownFacts(deps, orchName, pinned), ({ definition, workers }) => ({
    now: deps.clock.now(),
    random: deps.random.next(),
    definition,
    workers,
  }));

/** The same without time and chance. */
export const knownFacts = (
  { orchestrations }: Pick<SagaDeps, 'orchestrations'>,
  orchName: string,
  pinned: DefinitionRef | null,
): Soon<Known> => {
  const stream = orchestrationStream(orchName);
  return whenThere(orchestrations.load(stream), (followed) => {
    const found = knownIn(followed.state, pinned);
    return isEnough(found, pinned)
      ? found
      : whenThere(orchestrations.reload(stream), ({ state }) => knownIn(state, pinned));
  });
};

const knownIn = (state: OrchestrationState, pinned: DefinitionRef | null): Known =>
  knownOf(state, pinned === null ? currentVersion(state) : state.versions[pinned.version - 1]);

/**
 * Whether to decide by what was followed so far: not on what is missing in it, which may have been registered with
 * another process meanwhile, nor on which version is the current one.
 */
const isEnough = ({ definition, isServed }: Known, pinned: DefinitionRef | null): boolean =>
  pinned !== null && definition !== null && isServed;

const knownOf = (state: OrchestrationState, version: DefinitionVersion | undefined): Known => {
  if (version === undefined) return NOTHING;
  const versions = known.get(state) ?? new Map<number, Known>();
  known.set(state, versions);
  const found = versions.get(version.version) ?? factsIn(state, version);
  versions.set(version.version, found);
  return found;
};

const NOTHING: Known = { definition: null, workers: new Map(), isServed: true };

const factsIn = (
  state: OrchestrationState,
  { version, hash, initiator, definition }: DefinitionVersion,
): Known => {
  const workers = new Map(definition.steps.map(({ name }) => [name, workersOf(state, name)]));
  return {
    definition: { version, hash, initiator, content: definition },
    workers,
    isServed: [...workers.values()].every((serving) => serving.length > 0),
  };
};
