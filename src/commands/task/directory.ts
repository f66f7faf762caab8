import type { OrchestrationState } from '../../domain/orchestration/state.ts';
import { routeOf } from '../../infra/task-queue/port.ts';
import { namesSoFar } from '../orchestration/names-so-far.ts';

/** Which service may take the tasks of which steps over HTTP, and which names there are, as the log was seen so far. */
export const createDirectory = () => {
  const routes = new Map<string, Map<string, ReadonlyMap<string, string>>>();
  const names = namesSoFar();
  const listeners = new Set<() => void>();

  /** Replaces what is known of one orchestration and wakes whoever waits for a change. */
  const update = (orchName: string, state: OrchestrationState): void => {
    names.update(orchName, state);
    for (const [service, steps] of state.workers) {
      const ofService = routes.get(service) ?? new Map<string, ReadonlyMap<string, string>>();
      routes.set(service, ofService);
      ofService.set(orchName, polledRoutes(orchName, steps));
    }
    for (const wake of [...listeners]) wake();
  };

  /** Routes of a service, of the given steps only where they are given. */
  const routesOf = (service: string, steps?: readonly string[]): readonly string[] =>
    [...(routes.get(service)?.values() ?? [])].flatMap((ofOrchestration) =>
      steps === undefined
        ? [...ofOrchestration.values()]
        : steps.flatMap((step) => ofOrchestration.get(step) ?? []),
    );

  /** Services that may take any task at all. */
  const services = (): readonly string[] =>
    [...routes.keys()].filter((service) => routesOf(service).length > 0);

  /** Who serves a step of this name, in whichever orchestration. */
  const servicesOf = (step: string): readonly { readonly service: string; readonly orchName: string }[] =>
    [...routes].flatMap(([service, ofService]) =>
      [...ofService].flatMap(([orchName, steps]) => (steps.has(step) ? [{ service, orchName }] : [])),
    );

  const ofChanges = { onChange: onChangeOf(listeners), changed: changeOf(listeners) };
  return { update, routesOf, services, servicesOf, names, ...ofChanges };
};
export type Directory = ReturnType<typeof createDirectory>;

type Steps = OrchestrationState['workers'] extends ReadonlyMap<string, infer Of> ? Of : never;

const polledRoutes = (orchName: string, steps: Steps): ReadonlyMap<string, string> =>
  new Map(
    steps.filter(({ transport }) => transport === 'http').map(({ name }) => [name, routeOf(orchName, name)]),
  );

/** Calls the listener after each change, until the returned function is called. */
const onChangeOf =
  (listeners: Set<() => void>) =>
  (listener: () => void): (() => void) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  };

/** Resolves at the next change, or when the signal aborts. */
const changeOf =
  (listeners: Set<() => void>) =>
  (signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const done = () => {
        listeners.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      if (signal.aborted) return done();
      listeners.add(done);
      signal.addEventListener('abort', done);
    });
