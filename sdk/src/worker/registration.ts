import type { Client } from '../client.ts';
import { SkaldUnreachable } from '../http/problem.ts';
import { isPassing, pauseBefore } from '../http/retry.ts';
import { jittered, pause } from '../system.ts';
import type { Backoff } from '../system.ts';

/** The orchestrations whose steps are done: all steps in each of those named, or those listed for each. */
export type Orchestrations = string | readonly string[] | Readonly<Record<string, readonly string[]>>;

export type RegistrationDeps = {
  readonly skald: Pick<Client, 'orchestrations'>;
  readonly service: string;
  readonly backoff: Backoff;
  readonly signal: AbortSignal | undefined;
  readonly onTrouble: (error: unknown) => void;
};

/** Skald keeps a step from a worker, for instance because the definition does not have it. */
export class StepRefused extends Error {
  override readonly name = 'StepRefused';
  readonly code: string;

  constructor(orchName: string, { name, code, detail }: { name: string; code: string; detail: string }) {
    super(`${orchName} did not take the step ${name}: ${detail}`);
    this.code = code;
  }
}

/**
 * Says what the service does, and tries until Skald has heard it.
 * @throws TypeError for a step without a handler, SkaldProblem for a registration that is refused.
 */
export const register = async (
  deps: RegistrationDeps,
  orchestrations: Orchestrations,
  steps: readonly string[],
): Promise<void> => {
  for (const [orchName, own] of stepsByName(orchestrations, steps)) {
    const unknown = own.find((name) => !steps.includes(name));
    if (unknown !== undefined) throw new TypeError(`there is no handler for ${unknown} of ${orchName}`);
    await registerOne(deps, orchName, own);
  }
};

export const stepsByName = (
  orchestrations: Orchestrations,
  steps: readonly string[],
): readonly (readonly [string, readonly string[]])[] => {
  if (typeof orchestrations === 'string') return [[orchestrations, steps]];
  if (isList(orchestrations)) return orchestrations.map((name) => [name, steps] as const);
  return Object.entries(orchestrations);
};

// The order of registrations does not matter: this one counts as soon as the orchestration is defined.
const NOT_DEFINED_YET = 'unknown_orchestration';

const isList = (value: Orchestrations): value is readonly string[] => Array.isArray(value);

/** @throws SkaldProblem for a registration that is refused. */
export const registerOne = async (
  deps: RegistrationDeps,
  orchName: string,
  steps: readonly string[],
): Promise<void> => {
  const { skald, service, signal, onTrouble } = deps;
  const body = { orchName, as: 'worker', steps: steps.map((name) => ({ name })) };
  const options = { signal, headers: { 'x-service-name': service } };
  const { failedSteps } = await untilHeard(deps, async () => {
    const answer = await skald.orchestrations.register({ body }, options);
    if (Array.isArray(answer.failedSteps)) return answer;
    throw new SkaldUnreachable("what a registration was answered with is none of Skald's");
  });
  const refused = failedSteps.filter(({ code }) => code !== NOT_DEFINED_YET);
  for (const failed of refused) onTrouble(new StepRefused(orchName, failed));
};

/** Asks until Skald has heard it. */
export const untilHeard = async <Answer>(
  { backoff, signal, onTrouble }: Pick<RegistrationDeps, 'backoff' | 'signal' | 'onTrouble'>,
  ask: () => Promise<Answer>,
): Promise<Answer> => {
  for (let failures = 0; ; failures += 1) {
    try {
      return await ask();
    } catch (error) {
      signal?.throwIfAborted();
      if (!isPassing(error, 'command')) throw error;
      onTrouble(error);
      await pause(pauseBefore(error, jittered(failures, backoff)), signal);
    }
  }
};
