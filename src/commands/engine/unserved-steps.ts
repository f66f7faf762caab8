import { z } from 'zod';
import type { OrchestrationState } from '../../domain/orchestration/state.ts';
import { idOf } from '../../domain/stream-name.ts';
import type { Clock } from '../../infra/clock/port.ts';
import type { StoredEvent } from '../../infra/event-store/port.ts';
import { routeOf } from '../../infra/task-queue/port.ts';

export type UnservedStep = { readonly orchName: string; readonly step: string; readonly route: string };

type Options = {
  readonly clock: Pick<Clock, 'now'>;
  /** Whoever is away for less than this has not left, in milliseconds. */
  readonly graceMs: number;
};

/** Steps that no service is registered for, and since when, as this process has seen it. */
export const createUnservedSteps = ({ clock, graceMs }: Options) => {
  const unserved = new Map<string, UnservedStep & { readonly since: number }>();
  return {
    /** Who came and went again before `update` was told was there all the same: the grace begins anew. */
    came: (events: readonly StoredEvent[]): void => {
      for (const event of events.filter(({ type }) => type === 'WorkersRegistered'))
        for (const { name } of registered.safeParse(event.data).data?.steps ?? [])
          unserved.delete(routeOf(idOf(event.stream), name));
    },
    /** Takes in who serves the steps of an orchestration now; those of every version, as runs keep theirs. */
    update: (orchName: string, state: OrchestrationState): void => {
      const served = new Set([...state.workers.values()].flatMap(namesOf));
      for (const step of new Set(state.versions.flatMap(({ definition }) => namesOf(definition.steps)))) {
        const route = routeOf(orchName, step);
        if (served.has(step)) unserved.delete(route);
        else if (!unserved.has(route)) unserved.set(route, { orchName, step, route, since: clock.now() });
      }
    },
    /** Those that have had nobody for the whole of the grace. */
    left: (): readonly UnservedStep[] =>
      [...unserved.values()].filter(({ since }) => clock.now() - since >= graceMs),
  };
};
export type UnservedSteps = ReturnType<typeof createUnservedSteps>;

// Less than the event holds: what is of another form is told of elsewhere.
const registered = z.looseObject({ steps: z.array(z.looseObject({ name: z.string() })) });

const namesOf = (steps: readonly { readonly name: string }[]): readonly string[] =>
  steps.map(({ name }) => name);
