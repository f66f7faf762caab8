import type { Clock } from '../clock/port.ts';
import type { Identity, Principal } from './port.ts';
import type { Refusals } from './refusals.ts';

/** With the half minute that an open connection has for a new token, well within the minute that is promised. */
const LOOK_MS = 5000;

type Deps = {
  /** The list as it is now; rejects where it cannot be used. */
  readonly load: () => Promise<Refusals>;
  readonly clock: Pick<Clock, 'schedule'>;
  /** The list cannot be used any more: the last good one stays. Told once, until it can be used again. */
  readonly onTrouble: (error: unknown) => void;
  readonly onMended: () => void;
};

type RefusedTokens = {
  /** The same identity, but for tokens on the list. */
  readonly over: (identity: Identity) => Identity;
  readonly close: () => void;
};

type Watcher = { readonly principal: Principal; readonly task: () => void };

/**
 * Tokens that are refused before they end, by a list that is looked at every 5 s.
 * @throws what `load` rejects with, the first time: nobody is let in before there is a list.
 */
export const refusedTokens = async ({ load, clock, onTrouble, onMended }: Deps): Promise<RefusedTokens> => {
  let isRefused = await load();
  let isTroubled = false;
  let isClosed = false;
  const watchers = watching();
  const look = async (): Promise<void> => {
    try {
      isRefused = await load();
      if (isTroubled) onMended();
      isTroubled = false;
    } catch (error) {
      if (!isTroubled) onTrouble(error);
      isTroubled = true;
    }
    // Also where the list stayed as it is: who began to wait after it was last read is told here.
    watchers.tell(isRefused);
    if (!isClosed) stop = clock.schedule(LOOK_MS, () => void look());
  };
  let stop = clock.schedule(LOOK_MS, () => void look());
  return {
    over: (identity) => refusing(identity, (principal) => isRefused(principal), watchers),
    close: () => {
      isClosed = true;
      stop();
    },
  };
};

type Watchers = ReturnType<typeof watching>;

const watching = () => {
  const watchers = new Set<Watcher>();
  return {
    add: (watcher: Watcher): (() => void) => {
      watchers.add(watcher);
      return () => void watchers.delete(watcher);
    },
    tell: (isRefused: Refusals): void => {
      for (const watcher of [...watchers].filter(({ principal }) => isRefused(principal))) {
        watchers.delete(watcher);
        watcher.task();
      }
    },
  };
};

const refusing = (identity: Identity, isRefused: Refusals, watchers: Watchers): Identity => ({
  verify: async (token) => {
    const verdict = await identity.verify(token);
    if (verdict.kind !== 'known') return verdict;
    const { principal } = verdict;
    if (isRefused(principal)) return { kind: 'refused', why: 'on the list of refused tokens' };
    const whenRefused = (task: () => void) => watchers.add({ principal, task });
    return { kind: 'known', principal: { ...principal, whenRefused } };
  },
});
