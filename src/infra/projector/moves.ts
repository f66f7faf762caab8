import type { Position } from '../event-store/port.ts';
import type { Move, Projector } from './port.ts';

export type Moves = Pick<Projector, 'reached' | 'onChange'> & {
  readonly add: (moves: readonly Move[]) => void;
  /** Whether anybody listens to this projection. */
  readonly isFollowed: (name: string) => boolean;
  /** Whether anybody listens to any. */
  readonly isAnyFollowed: () => boolean;
  /** Whether anybody waits for a position. */
  readonly isAwaited: () => boolean;
};

type Waiter = { readonly position: Position; readonly reached: () => void };

/** How far each projection is, and who wants to know. `onAwaited`: somebody wants what is not there yet. */
export const movesOf = (onAwaited: () => void = () => undefined): Moves => {
  const positions = new Map<string, Position>();
  const waiters = new Map<string, Set<Waiter>>();
  const listeners = new Map<string, Set<(move: Move) => void>>();
  const add = (move: Move): void => {
    const { name, position } = move;
    positions.set(name, position);
    for (const waiter of waiters.get(name) ?? []) if (waiter.position <= position) waiter.reached();
    for (const listener of listeners.get(name) ?? []) listener(move);
  };
  return {
    add: (moves) => {
      moves.forEach(add);
    },
    isFollowed: (name) => (listeners.get(name)?.size ?? 0) > 0,
    isAnyFollowed: () => anyIn(listeners),
    isAwaited: () => anyIn(waiters),
    reached: async (name, position, signal) => {
      if ((positions.get(name) ?? '') >= position) return true;
      // Also for who does not wait here: they will ask again.
      onAwaited();
      return signal.aborted ? false : waitedFor(membersOf(waiters, name), position, signal);
    },
    onChange: (name, listener) => {
      const own = membersOf(listeners, name);
      own.add(listener);
      return () => void own.delete(listener);
    },
  };
};

const waitedFor = (waiters: Set<Waiter>, position: Position, signal: AbortSignal): Promise<boolean> =>
  new Promise((resolve) => {
    const settle = (isReached: boolean): void => {
      waiters.delete(waiter);
      signal.removeEventListener('abort', aborted);
      resolve(isReached);
    };
    const aborted = (): void => {
      settle(false);
    };
    const reached = (): void => {
      settle(true);
    };
    const waiter: Waiter = { position, reached };
    waiters.add(waiter);
    signal.addEventListener('abort', aborted);
  });

const anyIn = (sets: ReadonlyMap<string, ReadonlySet<unknown>>): boolean => {
  for (const members of sets.values()) if (members.size > 0) return true;
  return false;
};

const membersOf = <Member>(sets: Map<string, Set<Member>>, name: string): Set<Member> => {
  const known = sets.get(name);
  if (known !== undefined) return known;
  const made = new Set<Member>();
  sets.set(name, made);
  return made;
};
