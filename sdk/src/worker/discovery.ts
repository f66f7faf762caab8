import type { Orchestration } from '../generated/shapes.ts';
import { SkaldProblem } from '../http/problem.ts';
import { each } from '../pages.ts';
import { jittered, pause } from '../system.ts';
import { registerOne, untilHeard } from './registration.ts';
import type { RegistrationDeps } from './registration.ts';

type Deps = Omit<RegistrationDeps, 'signal'>;
/** By orchestration: the steps that the service was registered for there. */
type Served = Map<string, string>;

/**
 * For a worker that was not told its orchestrations: registers it with each whose definition names some of its steps.
 * Resolves when that was done once, with what goes on looking for others until the signal aborts.
 * @throws SkaldProblem where the service is refused, TypeError where it may not see what there is.
 */
export const discovered = async (
  deps: Deps,
  steps: readonly string[],
  everyMs: number,
  signal: AbortSignal | undefined,
): Promise<(signal: AbortSignal) => Promise<void>> => {
  const served: Served = new Map();
  await look({ ...deps, signal }, steps, served);
  return (until) => keepLooking({ ...deps, signal: until }, steps, served, everyMs);
};

const keepLooking = async (
  deps: RegistrationDeps & { readonly signal: AbortSignal },
  steps: readonly string[],
  served: Served,
  everyMs: number,
): Promise<void> => {
  const { signal, backoff, onTrouble } = deps;
  let isTold = false;
  for (let looks = 0; ; looks += 1) {
    const ms = served.size === 0 ? jittered(looks, backoff) : everyMs;
    await pause(ms, signal).catch(() => undefined);
    if (signal.aborted) return;
    try {
      await look(deps, steps, served);
      // Not told of the look at the start: lists are a moment behind what was registered just before.
      if (served.size === 0 && !isTold) onTrouble(noneYet(steps));
      isTold = true;
    } catch (error) {
      if (!isOver(signal)) onTrouble(error);
    }
  }
};

/** It may have aborted in the meantime, which the compiler does not see. */
const isOver = (signal: AbortSignal): boolean => signal.aborted;

const noneYet = (steps: readonly string[]): Error =>
  new Error(`no orchestration names ${steps.join(', ')} yet: the worker goes on looking`);

const look = async (deps: RegistrationDeps, steps: readonly string[], served: Served): Promise<void> => {
  for await (const orchestration of listed(deps)) {
    const { orchName } = orchestration;
    const own = steps.filter((name) => isFor(orchestration, name, deps.service));
    if (own.length === 0 || served.get(orchName) === own.join()) continue;
    tellOthers(deps, orchestration, own);
    try {
      await registerOne(deps, orchName, own);
    } catch (error) {
      deps.signal?.throwIfAborted();
      // With nothing taken before, it is more likely about the service than about this one of many.
      if (served.size === 0 || !(error instanceof SkaldProblem)) throw error;
      deps.onTrouble(error);
    }
    served.set(orchName, own.join());
  }
};

/** What earlier versions had is kept: runs that began with them may still need it done, or undone. */
const isFor = ({ steps, unknownSteps }: Orchestration, name: string, service: string): boolean =>
  steps.some((step) => step.name === name) ||
  unknownSteps.some((step) => step.name === name && step.workers.includes(service));

const listed = ({ skald, ...deps }: RegistrationDeps) => {
  const { signal } = deps;
  return each(
    async (page: NonNullable<Parameters<typeof skald.orchestrations.list>[0]>) => {
      try {
        return await untilHeard(deps, () => skald.orchestrations.list(page, { signal }));
      } catch (error) {
        if (!(error instanceof SkaldProblem) || error.status !== 403) throw error;
        const what = 'this worker may not list orchestrations: it must be told its own, as `orchestrations`';
        throw new TypeError(what, { cause: error });
      }
    },
    { limit: 100 },
  );
};

/** Two services that happen to call a step the same would take each other's tasks. */
const tellOthers = (
  { service, onTrouble }: RegistrationDeps,
  { orchName, steps }: Orchestration,
  own: readonly string[],
): void => {
  for (const { name, workers } of steps) {
    if (!own.includes(name) || workers.length === 0 || workers.includes(service)) continue;
    onTrouble(new Error(`${name} of ${orchName} is done by ${workers.join(', ')} too: they share its tasks`));
  }
};
