import { START } from '../event-store/port.ts';
import type { Position } from '../event-store/port.ts';
import type { Projector } from '../projector/port.ts';

type Taken = {
  /** Documents that may have changed; null: too many to name, or all of them. */
  readonly ids: readonly string[] | null;
  /** The read model's own position when the last of them was heard of. */
  readonly position: Position;
};

/** The documents of one read model that have changed since a consumer took them last. */
export type DocumentChanges = {
  /** What was heard since the last call. */
  readonly take: () => Taken;
  /** Resolves when there is something to take, or the signal has aborted. */
  readonly arrived: () => Promise<void>;
  /** Resolves when every change up to the position was heard of, or they are no longer named, or on abort. */
  readonly heardUpTo: (position: Position) => Promise<void>;
  readonly stop: () => void;
};

/** More than this is not remembered for a consumer that does not keep up: it looks at everything again. */
const MOST_IDS = 10_000;

/** For one consumer, which waits for one thing at a time. */
export const documentChanges = (
  onChange: Projector['onChange'],
  name: string,
  signal: AbortSignal,
): DocumentChanges => {
  let ids: Set<string> | null = new Set();
  let position: Position = START;
  let wake = (): void => undefined;
  const unlisten = onChange(name, (move) => {
    position = move.position;
    ids = merged(ids, move.ids);
    wake();
  });
  const aborted = (): void => {
    wake();
  };
  signal.addEventListener('abort', aborted);
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds() && !signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<undefined>();
      wake = () => {
        resolve(undefined);
      };
      await promise;
    }
  };
  return {
    take: () => {
      const taken = { ids: ids && [...ids], position };
      ids = new Set();
      return taken;
    },
    arrived: () => until(() => ids === null || ids.size > 0),
    heardUpTo: (wanted) => until(() => ids === null || position >= wanted),
    stop: () => {
      unlisten();
      signal.removeEventListener('abort', aborted);
    },
  };
};

const merged = (known: Set<string> | null, more: readonly string[] | null): Set<string> | null => {
  if (known === null || more === null) return null;
  for (const id of more) known.add(id);
  return known.size > MOST_IDS ? null : known;
};
