import { orchestrationStream } from '../../domain/orchestration/aggregate.ts';
import { currentVersion, workersOf } from '../../domain/orchestration/state.ts';
import type { DefinitionVersion, OrchestrationState } from '../../domain/orchestration/state.ts';
import type { Facts } from '../../domain/saga/facts.ts';
import type { DefinitionRef } from '../../domain/saga/state.ts';
import type { SagaDeps } from '../deps.ts';

type Known = Pick<Facts, 'definition' | 'workers'>;

/** Per state of an orchestration, and per version: what every command on its runs needs to know. */
const known = new WeakMap<OrchestrationState, Map<number, Known>>();

/**
 * What a decision on a run needs from elsewhere: the definition the run is pinned to (the current one where
 * `pinned` is null), who serves its steps now, the time, and a random number for back-offs.
 */
export const factsOf = async (
  { orchestrations, clock, random }: Pick<SagaDeps, 'orchestrations' | 'clock' | 'random'>,
  orchName: string,
  pinned: DefinitionRef | null,
): Promise<Facts> => {
  const stream = orchestrationStream(orchName);
  const followed = knownIn((await orchestrations.load(stream)).state, pinned);
  const known = isEnough(followed, pinned)
    ? followed
    : knownIn((await orchestrations.reload(stream)).state, pinned);
  return { now: clock.now(), random: random.next(), ...known };
};

const knownIn = (state: OrchestrationState, pinned: DefinitionRef | null): Known =>
  knownOf(state, pinned === null ? currentVersion(state) : state.versions[pinned.version - 1]);

/**
 * Whether to decide by what was followed so far: not on what is missing in it, which may have been registered with
 * another process meanwhile, nor on which version is the current one.
 */
const isEnough = ({ definition, workers }: Known, pinned: DefinitionRef | null): boolean =>
  pinned !== null && definition !== null && [...workers.values()].every((serving) => serving.length > 0);

const knownOf = (state: OrchestrationState, version: DefinitionVersion | undefined): Known => {
  if (version === undefined) return { definition: null, workers: new Map() };
  const versions = known.get(state) ?? new Map<number, Known>();
  known.set(state, versions);
  const found = versions.get(version.version) ?? {
    definition: {
      version: version.version,
      hash: version.hash,
      initiator: version.initiator,
      content: version.definition,
    },
    workers: new Map(version.definition.steps.map(({ name }) => [name, workersOf(state, name)])),
  };
  versions.set(version.version, found);
  return found;
};
