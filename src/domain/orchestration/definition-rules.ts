import { reject } from '../decider.ts';
import type { Rejection } from '../decider.ts';
import type { Definition, StepDefinition } from './events.ts';

/** A step as an initiator registers it, defaults applied; null where the caller said nothing. */
export type StepCandidate = Omit<StepDefinition, 'seq' | 'objectType' | 'dependsOn'> & {
  readonly seq: number | null;
  readonly objectType: string | null;
  readonly dependsOn: readonly string[] | null;
};

/** Steps stand in the order of the request: rejections point into it. */
export type DefinitionCandidate = {
  readonly type: Definition['type'];
  readonly onUndoFailure: Definition['onUndoFailure'];
  readonly steps: readonly StepCandidate[];
};

export type DefinitionRejection =
  | 'no_steps'
  | 'too_many_steps'
  | 'duplicate_step'
  | 'missing_object_type'
  | 'missing_seq'
  | 'duplicate_seq'
  | 'depends_on_not_allowed'
  | 'unknown_dependency'
  | 'self_dependency'
  | 'duplicate_dependency'
  | 'dependency_cycle'
  | 'registration_too_large';

type Refused = Rejection<DefinitionRejection> | undefined;
type Check = (candidate: DefinitionCandidate) => Refused;

export const MAX_STEPS = 200;

/** The first reason why a candidate cannot become a definition. */
export const refusalOf = (candidate: DefinitionCandidate): Rejection<DefinitionRejection> | undefined => {
  for (const check of checks) {
    const refused = check(candidate);
    if (refused !== undefined) return refused;
  }
  return undefined;
};

const countOfSteps: Check = ({ steps }) => {
  if (steps.length === 0) return reject('no_steps', 'A definition needs at least one step', '/steps');
  if (steps.length > MAX_STEPS)
    return reject('too_many_steps', `A definition has at most ${MAX_STEPS} steps`, '/steps');
  return undefined;
};

const firstRefusal = (
  { steps }: DefinitionCandidate,
  check: (step: StepCandidate, index: number) => Refused,
): Refused => {
  for (const [index, step] of steps.entries()) {
    const refused = check(step, index);
    if (refused !== undefined) return refused;
  }
  return undefined;
};

const namesAreUnique: Check = (candidate) => {
  const seen = new Set<string>();
  return firstRefusal(candidate, ({ name }, index) => {
    if (seen.has(name))
      return reject('duplicate_step', `Duplicate step name in request: ${name}`, `/steps/${index}/name`);
    seen.add(name);
    return undefined;
  });
};

const objectTypesAreGiven: Check = (candidate) =>
  firstRefusal(candidate, ({ name, objectType }, index) =>
    objectType === null
      ? reject('missing_object_type', `Missing object type for step: ${name}`, `/steps/${index}/objectType`)
      : undefined,
  );

/** Sequential steps need one each; otherwise all or none, since a mixture has no clear order. */
const sequenceIsClear: Check = (candidate) => {
  const needed = candidate.type === 'sequential' || candidate.steps.some(({ seq }) => seq !== null);
  const seen = new Set<number>();
  return firstRefusal(candidate, ({ name, seq }, index) => {
    const pointer = `/steps/${index}/seq`;
    if (seq === null)
      return needed ? reject('missing_seq', `Missing sequence number for step: ${name}`, pointer) : undefined;
    if (seen.has(seq))
      return reject('duplicate_seq', `Duplicate sequence number ${seq} for step: ${name}`, pointer);
    seen.add(seq);
    return undefined;
  });
};

const dependenciesAreKnown: Check = (candidate) => {
  const names = new Set(candidate.steps.map(({ name }) => name));
  return firstRefusal(candidate, ({ name, dependsOn }, index) => {
    if (dependsOn === null) return undefined;
    const pointer = `/steps/${index}/dependsOn`;
    if (candidate.type !== 'graph')
      return reject(
        'depends_on_not_allowed',
        `dependsOn is only allowed for type graph, step: ${name}`,
        pointer,
      );
    if (dependsOn.includes(name))
      return reject('self_dependency', `Step depends on itself: ${name}`, pointer);
    const unknown = dependsOn.find((dependency) => !names.has(dependency));
    if (unknown !== undefined)
      return reject('unknown_dependency', `Unknown dependency ${unknown} for step: ${name}`, pointer);
    const repeated = dependsOn.find((dependency, at) => dependsOn.indexOf(dependency) !== at);
    if (repeated !== undefined)
      return reject('duplicate_dependency', `Duplicate dependency ${repeated} for step: ${name}`, pointer);
    return undefined;
  });
};

const graphHasNoCycle: Check = ({ steps }) => {
  const name = stepOnCycle(new Map(steps.map((step) => [step.name, step.dependsOn ?? []])));
  if (name === undefined) return undefined;
  const index = steps.findIndex((step) => step.name === name);
  return reject('dependency_cycle', `Dependency cycle through step: ${name}`, `/steps/${index}/dependsOn`);
};

/** Takes away what depends on nothing left until only cycles, and what hangs on them, remain. */
const stepOnCycle = (dependencies: ReadonlyMap<string, readonly string[]>): string | undefined => {
  const open = new Map(dependencies);
  const isFree = ([, on]: [string, readonly string[]]) => on.every((name) => !open.has(name));
  for (let free = [...open].filter(isFree); free.length > 0; free = [...open].filter(isFree))
    for (const [name] of free) open.delete(name);
  // Whatever is left depends on something left: following that leads into a cycle.
  const seen = new Set<string>();
  let [at] = open.keys();
  while (at !== undefined && !seen.has(at)) {
    seen.add(at);
    at = open.get(at)?.find((name) => open.has(name));
  }
  return at;
};

const checks: readonly Check[] = [
  countOfSteps,
  namesAreUnique,
  objectTypesAreGiven,
  sequenceIsClear,
  dependenciesAreKnown,
  graphHasNoCycle,
];
