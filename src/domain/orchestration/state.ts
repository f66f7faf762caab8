import type { Transport } from '../names.ts';
import type { Definition, OrchestrationEvent } from './events.ts';

export type DefinitionVersion = {
  readonly version: number;
  readonly hash: string;
  readonly initiator: string;
  readonly definition: Definition;
};

export type WorkerStep = {
  readonly name: string;
  readonly objectType: string | null;
  readonly transport: Transport;
};

export type OrchestrationState = {
  /** Every version there ever was, oldest first: runs are pinned to theirs. */
  readonly versions: readonly DefinitionVersion[];
  /** Revision of the first version; null while there is none. */
  readonly definedAt: number | null;
  /** What each service serves, steps unknown to the definition included: a later version may know them. */
  readonly workers: ReadonlyMap<string, readonly WorkerStep[]>;
  /** Why the last attempt to define it failed, while there is no definition. */
  readonly refusal: { readonly initiator: string; readonly code: string; readonly detail: string } | null;
};

export const initialState: OrchestrationState = {
  versions: [],
  definedAt: null,
  workers: new Map(),
  refusal: null,
};

/** The orchestration after an event. @param revision of the event in its stream */
export const evolve = (
  state: OrchestrationState,
  event: OrchestrationEvent,
  revision: number,
): OrchestrationState => {
  switch (event.type) {
    case 'DefinitionRegistered':
      return {
        ...state,
        versions: [...state.versions, event.data],
        definedAt: state.definedAt ?? revision,
        refusal: null,
      };
    case 'WorkersRegistered':
      return { ...state, workers: new Map(state.workers).set(event.data.service, event.data.steps) };
    case 'DefinitionRefused':
      return { ...state, refusal: event.data };
  }
};

/** Nothing was ever registered. */
export const isAbsent = ({ versions, workers, refusal }: OrchestrationState): boolean =>
  versions.length === 0 && workers.size === 0 && refusal === null;

/** The version new runs start with; undefined while no initiator has registered a usable definition. */
export const currentVersion = (state: OrchestrationState): DefinitionVersion | undefined =>
  state.versions.at(-1);

/** The definition a run is pinned to. */
export const definitionOf = (state: OrchestrationState, version: number): Definition | undefined =>
  state.versions.find((known) => known.version === version)?.definition;

/** The services that may be given a step, first registered first. */
export const workersOf = (
  state: OrchestrationState,
  step: string,
): readonly { readonly service: string; readonly transport: Transport }[] =>
  [...state.workers].flatMap(([service, steps]) =>
    steps.filter(({ name }) => name === step).map(({ transport }) => ({ service, transport })),
  );

/** Of these step names, those the current definition does not have: all of them while there is none. */
export const unknownSteps = (state: OrchestrationState, names: readonly string[]): readonly string[] => {
  const known = new Set(currentVersion(state)?.definition.steps.map(({ name }) => name));
  return names.filter((name) => !known.has(name));
};
