import { passingMap } from '../../domain/passing-map.ts';
import type { PassingMap } from '../../domain/passing-map.ts';

export type Waiters = {
  /** Resolves when a task may be there to take on one of the routes, or when the signal aborts. */
  readonly wait: (routes: readonly string[], signal: AbortSignal) => Promise<void>;
  /** A task came on offer on this route. */
  readonly wake: (route: string) => void;
  readonly wakeAll: () => void;
  /** The routes somebody waits for. */
  readonly routes: () => readonly string[];
};

export type WaitersDeps = {
  readonly countOn: (route: string) => number;
  /** Runs after whoever was woken had the chance to claim. */
  readonly afterTurn: (task: () => void) => void;
};

/** Who waits for each route, longest first. */
type Lines = PassingMap<string, Set<() => void>>;

/**
 * Each task wakes the one who waited longest. Who is woken may be gone or take nothing, so as long as the
 * task is still there the next one is woken a turn later: nobody is forgotten and no crowd runs at once.
 */
export const waiters = ({ countOn, afterTurn }: WaitersDeps): Waiters => {
  const lines: Lines = passingMap();
  const looking = new Set<string>();

  const lookAgain = (route: string): void => {
    if (looking.has(route) || !lines.has(route)) return;
    looking.add(route);
    afterTurn(() => {
      looking.delete(route);
      if (countOn(route) > 0) wake(route);
    });
  };
  const wake = (route: string): void => {
    firstIn(lines.get(route))?.();
    lookAgain(route);
  };
  return {
    wait: (routes, signal) => {
      const isReady = signal.aborted || routes.some((route) => countOn(route) > 0);
      return isReady ? Promise.resolve() : queueUp(lines, routes, signal);
    },
    wake,
    wakeAll: () => {
      for (const line of [...lines.values()]) for (const leave of [...line]) leave();
    },
    routes: () => [...lines.keys()],
  };
};

const queueUp = (lines: Lines, routes: readonly string[], signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const leave = (): void => {
      for (const route of routes) quit(lines, route, leave);
      signal.removeEventListener('abort', leave);
      resolve();
    };
    for (const route of routes) join(lines, route, leave);
    signal.addEventListener('abort', leave);
  });

const firstIn = (line: ReadonlySet<() => void> | undefined): (() => void) | undefined => {
  for (const leave of line ?? []) return leave;
  return undefined;
};

const join = (lines: Lines, route: string, leave: () => void): void => {
  const line = lines.get(route);
  if (line === undefined) lines.set(route, new Set([leave]));
  else line.add(leave);
};

const quit = (lines: Lines, route: string, leave: () => void): void => {
  const line = lines.get(route);
  line?.delete(leave);
  if (line?.size === 0) lines.delete(route);
};
