import { reject } from '../decider.ts';
import type { Rejection } from '../decider.ts';
import { refusalOf } from './definition-rules.ts';
import type { DefinitionCandidate, DefinitionRejection, StepCandidate } from './definition-rules.ts';
import type { Definition, StepDefinition } from './events.ts';

export type DefinitionResult =
  { readonly kind: 'definition'; readonly definition: Definition } | Rejection<DefinitionRejection>;

/** The stored form of a candidate (steps by `seq`, dependencies spelled out), or the first reason against it. */
export const toDefinition = (candidate: DefinitionCandidate): DefinitionResult => {
  const refused = refusalOf(candidate);
  if (refused !== undefined) return refused;
  const steps = withDependencies(candidate.type, inOrder(candidate.steps));
  const definition = { type: candidate.type, onUndoFailure: candidate.onUndoFailure, steps };
  return fitsTheLog(definition) ? { kind: 'definition', definition } : tooLarge();
};

/** Of the 256 KiB an event may take, one is left to what stands around the steps. */
const MAX_BYTES = 255 * 1024;

export const fitsTheLog = (value: object): boolean =>
  new TextEncoder().encode(JSON.stringify(value)).length <= MAX_BYTES;

export const tooLarge = (): Rejection<'registration_too_large'> =>
  reject('registration_too_large', `The steps of a registration take at most ${MAX_BYTES} bytes`, '/steps');

type Ordered = StepCandidate & { readonly seq: number };

const inOrder = (steps: readonly StepCandidate[]): readonly Ordered[] =>
  steps.map((step, index) => ({ ...step, seq: step.seq ?? index + 1 })).sort((a, b) => a.seq - b.seq);

const withDependencies = (type: Definition['type'], steps: readonly Ordered[]): StepDefinition[] =>
  steps.map((step, index) => {
    const previous = type === 'sequential' ? steps[index - 1] : undefined;
    const dependsOn = previous === undefined ? [...(step.dependsOn ?? [])] : [previous.name];
    return { ...step, objectType: step.objectType ?? '', dependsOn };
  });
