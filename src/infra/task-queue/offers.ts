import type { HeldEntry } from './due-claims.ts';
import { linkedList } from './linked-list.ts';
import type { Link, LinkedList } from './linked-list.ts';

export type OfferedEntry = HeldEntry & { link: Link<OfferedEntry> | undefined };

/** Tasks on offer, first come first served within a route. */
export type Offers = {
  /** At the front: nobody got it after all, so its route has its turn back as well. */
  readonly add: (entry: OfferedEntry, end: 'front' | 'back') => void;
  readonly remove: (entry: OfferedEntry) => void;
  /** Takes up to `max`, one from each route in turn, beginning with the route served longest ago. */
  readonly take: (routes: readonly string[], max: number) => readonly OfferedEntry[];
  readonly countOn: (route: string) => number;
  readonly count: () => number;
};

type Route = { readonly line: LinkedList<OfferedEntry>; lastServed: number };
type State = {
  // A route stays known once it is empty, else one that is refilled task by task would always come first.
  readonly routes: Map<string, Route>;
  count: number;
  served: number;
  returned: number;
};

export const offers = (): Offers => {
  const state: State = { routes: new Map(), count: 0, served: 0, returned: 0 };
  return {
    add: (entry, end) => {
      const route = routeNamed(state, entry.task.route);
      if (end === 'front') putFirst(state, route, entry);
      else entry.link = route.line.pushBack(entry);
      state.count += 1;
    },
    remove: (entry) => {
      remove(state, entry);
    },
    take: (routes, max) => take(state, routes, max),
    countOn: (route) => state.routes.get(route)?.line.size() ?? 0,
    count: () => state.count,
  };
};

const routeNamed = (state: State, name: string): Route => {
  const route = state.routes.get(name) ?? { line: linkedList<OfferedEntry>(), lastServed: 0 };
  state.routes.set(name, route);
  return route;
};

const putFirst = (state: State, route: Route, entry: OfferedEntry): void => {
  entry.link = route.line.pushFront(entry);
  state.returned += 1;
  route.lastServed = -state.returned;
};

const remove = (state: State, entry: OfferedEntry): void => {
  if (!entry.link) return;
  routeNamed(state, entry.task.route).line.remove(entry.link);
  entry.link = undefined;
  state.count -= 1;
};

const take = (state: State, routes: readonly string[], max: number): readonly OfferedEntry[] => {
  const taken: OfferedEntry[] = [];
  if (state.count === 0) return taken;
  let turn = servedLongestAgo(state, routes);
  while (taken.length < max && turn.length > 0) {
    for (const route of turn.slice(0, max - taken.length)) takeFirst(state, route, taken);
    turn = turn.filter(({ line }) => line.size() > 0);
  }
  return taken;
};

/** Those of the routes that have a task. */
const servedLongestAgo = (state: State, names: readonly string[]): readonly Route[] => {
  const routes = new Set<Route>();
  for (const name of names) {
    const route = state.routes.get(name);
    if (route !== undefined && route.line.size() > 0) routes.add(route);
  }
  return [...routes].sort((a, b) => a.lastServed - b.lastServed);
};

const takeFirst = (state: State, route: Route, taken: OfferedEntry[]): void => {
  const entry = route.line.first();
  if (entry === undefined) return;
  remove(state, entry);
  state.served += 1;
  route.lastServed = state.served;
  taken.push(entry);
};
