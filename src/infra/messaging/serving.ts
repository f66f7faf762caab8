import type { Transport } from '../../domain/names.ts';

type Registered = {
  readonly orchName: string;
  readonly service: string;
  readonly steps: readonly { readonly name: string; readonly transport: Transport }[];
  /** Of the orchestration's stream. */
  readonly revision: number;
};

type Served = Pick<Registered, 'steps' | 'revision'>;

/** Whether tasks of a step that were meant for services over HTTP have only services over Kafka left. */
type Standing = { readonly step: string; readonly isLeft: boolean };

/** Who serves which step, and how. The log may be read from its beginning more than once. */
export const createServing = () => {
  const byOrchestration = new Map<string, Map<string, Served>>();
  /** Steps that some service served over HTTP once. */
  const once = new Map<string, Set<string>>();

  const standingOf = (orchName: string, services: ReadonlyMap<string, Served>, step: string): Standing => {
    const transports = [...services.values()].flatMap(({ steps }) =>
      steps.filter(({ name }) => name === step).map(({ transport }) => transport),
    );
    const isDeserted = once.get(orchName)?.has(step) === true && !transports.includes('http');
    return { step, isLeft: isDeserted && transports.includes('kafka') };
  };

  /** Takes a registration, and says how the steps stand that it was about; nothing of one that is overtaken. */
  const take = ({ orchName, service, steps, revision }: Registered): readonly Standing[] => {
    const services = byOrchestration.get(orchName) ?? new Map<string, Served>();
    byOrchestration.set(orchName, services);
    const before = services.get(service);
    if (before !== undefined && before.revision >= revision) return [];
    services.set(service, { steps, revision });
    const overHttp = steps.filter(({ transport }) => transport === 'http').map(({ name }) => name);
    once.set(orchName, new Set([...(once.get(orchName) ?? []), ...overHttp]));
    const names = new Set([...(before?.steps ?? []), ...steps].map(({ name }) => name));
    return [...names].map((step) => standingOf(orchName, services, step));
  };

  return { take };
};
