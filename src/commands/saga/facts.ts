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
  const { state } = await orchestrations.load(stream);
  const isBehind = pinned !== null && state.versions[pinned.version - 1] === undefined;
  const current = isBehind ? (await orchestrations.reload(stream)).state : state;
  const version = pinned === null ? currentVersion(current) : current.versions[pinned.version - 1];
  return { now: clock.now(), random: random.next(), ...knownOf(current, version) };
};

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
