import type { Lying } from '../../domain/worker/judge.ts';
import type { TaskQueue } from '../../infra/task-queue/port.ts';

/** Since when tasks lie on offer, route by route, as seen each time somebody looks. */
export const createLyingTasks = (queue: Pick<TaskQueue, 'routesOnOffer'>) => {
  const sinceOf = new Map<string, number>();
  return {
    look: async (routes: readonly string[], now: number): Promise<void> => {
      const onOffer = new Set(await queue.routesOnOffer(routes));
      for (const route of sinceOf.keys()) if (!onOffer.has(route)) sinceOf.delete(route);
      for (const route of onOffer) sinceOf.set(route, sinceOf.get(route) ?? now);
    },
    /** Of these routes the one whose tasks lie longest, null where there are none. */
    longest: (routes: readonly string[]): Lying | null =>
      routes.reduce<Lying | null>((longest, route) => {
        const since = sinceOf.get(route);
        if (since === undefined || (longest !== null && longest.since <= since)) return longest;
        const [orchName = '', step = ''] = route.split('/');
        return { orchName, step, since };
      }, null),
  };
};
