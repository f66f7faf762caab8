import type { Attempt } from '../../domain/orchestration/attempt.ts';
import { splitRepeated } from '../../domain/orchestration/decide.ts';
import type { OrchestrationEvent } from '../../domain/orchestration/events.ts';
import { currentVersion, unknownSteps } from '../../domain/orchestration/state.ts';
import type { OrchestrationState } from '../../domain/orchestration/state.ts';
import type { RegisterInput } from './register-input.ts';

type FailedStepCode = 'unknown_orchestration' | 'unknown_step' | 'step_already_registered';

export type RegisterOutcome = {
  readonly orchName: string;
  readonly registeredSteps: readonly string[];
  readonly failedSteps: readonly { readonly name: string; readonly code: string; readonly detail: string }[];
};

/** What a registration event did, from the event and the request alone: the same at every replay. */
export const outcomeOfEvent = (
  input: RegisterInput,
  event: Exclude<OrchestrationEvent, { type: 'DefinitionRefused' }>,
  wasDefined: boolean,
): RegisterOutcome => {
  const names = namesOf(
    event.type === 'DefinitionRegistered' ? event.data.definition.steps : event.data.steps,
  );
  const unknown = event.type === 'DefinitionRegistered' ? [] : event.data.unknown;
  return outcome(input, names, { unknown, wasDefined });
};

/** What a registration that changed nothing stands for. */
export const outcomeOfState = (input: RegisterInput, state: OrchestrationState): RegisterOutcome => {
  const current = currentVersion(state);
  const isWorker = roleOf(input) === 'worker';
  const names = isWorker
    ? namesOf(splitRepeated(input.steps).first)
    : namesOf(current?.definition.steps ?? []);
  return outcome(input, names, { unknown: unknownSteps(state, names), wasDefined: current !== undefined });
};

/** What a recorded attempt that changed nothing was answered with. */
export const outcomeOfAttempt = (attempt: Attempt): RegisterOutcome => ({
  orchName: attempt.orchName,
  registeredSteps: attempt.registered,
  failedSteps: attempt.failed.map(({ name, code }) => failed(attempt.orchName, name, code)),
});

/** The role that a registration speaks in, in any case of letters; undefined for a word that is none. */
export const roleOf = ({ as }: Pick<RegisterInput, 'as'>): 'initiator' | 'worker' | undefined => {
  const role = as.toLowerCase();
  return role === 'initiator' || role === 'worker' ? role : undefined;
};

const namesOf = (steps: readonly { readonly name: string }[]): readonly string[] =>
  steps.map(({ name }) => name);

const outcome = (
  input: RegisterInput,
  names: readonly string[],
  { unknown, wasDefined }: { readonly unknown: readonly string[]; readonly wasDefined: boolean },
): RegisterOutcome => {
  const repeated = roleOf(input) === 'worker' ? splitRepeated(input.steps).repeated : [];
  const code: FailedStepCode = wasDefined ? 'unknown_step' : 'unknown_orchestration';
  return {
    orchName: input.orchName,
    registeredSteps: names.filter((name) => !unknown.includes(name)),
    failedSteps: [
      ...unknown.map((name) => failed(input.orchName, name, code)),
      ...repeated.map((name) => failed(input.orchName, name, 'step_already_registered')),
    ],
  };
};

const failed = (orchName: string, name: string, code: string) => ({
  name,
  code,
  detail: detailOf(orchName, name, code),
});

/** Why a step of a registration was not taken, in words. */
export const detailOf = (orchName: string, name: string, code: string): string => {
  if (code === 'unknown_orchestration') return `Orchestration not found: ${orchName}`;
  if (code === 'unknown_step') return `Step not found in orchestration: ${name}`;
  return `Worker already registered for step: ${name}`;
};
