import { LRUCache } from 'lru-cache';

/** Whose turn it is, as this process has served them. */
export type Turns = {
  /** Those served longest ago first. */
  readonly inTurn: (routes: readonly string[]) => readonly string[];
  readonly served: (route: string) => void;
  /** Nobody got what it was served: it has its turn back, before those that are served and those of a higher `order`. */
  readonly returned: (route: string, order: number) => void;
};

const MOST_ROUTES = 10_000;

export const turns = (): Turns => {
  const lastServed = new LRUCache<string, number>({ max: MOST_ROUTES });
  let serial = 0;
  const of = (route: string): number => lastServed.peek(route) ?? 0;
  return {
    inTurn: (routes) => routes.toSorted((one, other) => of(one) - of(other)),
    served: (route) => {
      serial += 1;
      lastServed.set(route, serial);
    },
    returned: (route, order) => void lastServed.set(route, Math.min(of(route), order)),
  };
};
