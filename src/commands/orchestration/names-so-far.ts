import type { OrchestrationState } from '../../domain/orchestration/state.ts';

/** Every name that registrations made, as the log was seen so far. */
export const namesSoFar = () => {
  /** Of each orchestration, the steps that were seen with a topic: it stays where nobody works on them any more. */
  const orchestrations = new Map<string, ReadonlySet<string>>();
  const services = new Set<string>();
  return {
    update: (orchName: string, { workers }: OrchestrationState): void => {
      const before = orchestrations.get(orchName);
      const steps = stepsOverKafka(workers);
      orchestrations.set(orchName, new Set([...(before ?? []), ...steps]));
      for (const service of workers.keys()) services.add(service);
    },
    orchestrations: (): number => orchestrations.size,
    hasOrchestration: (name: string): boolean => orchestrations.has(name),
    services: (): number => services.size,
    hasService: (name: string): boolean => services.has(name),
    topics: (): number => [...orchestrations.values()].reduce((sum, { size }) => sum + size, 0),
    hasTopic: (orchName: string, step: string): boolean => orchestrations.get(orchName)?.has(step) ?? false,
  };
};
export type NamesSoFar = ReturnType<typeof namesSoFar>;

const stepsOverKafka = (workers: OrchestrationState['workers']): ReadonlySet<string> =>
  new Set(
    [...workers.values()].flatMap((steps) =>
      steps.filter(({ transport }) => transport === 'kafka').map(({ name }) => name),
    ),
  );
