import type { Clock } from '../../clock/port.ts';
import { isExpelled, isRebalance } from './causes.ts';

type Beating<Result> = {
  readonly result: Result;
  /** Why the batch must be left once this is committed: the group shares out anew. */
  readonly rebalance: Error | undefined;
};

export type Heart = {
  readonly clock: Clock;
  readonly everyMs: number;
  readonly beat: () => Promise<void>;
};

/** Runs `work` and tells the group meanwhile that this member lives. `onExpelled` runs when it did so too late. */
export const whileBeating = async <Result>(
  { clock, everyMs, beat }: Heart,
  work: () => Promise<Result>,
  onExpelled: () => void,
): Promise<Beating<Result>> => {
  let rebalance: Error | undefined;
  let isDone = false;
  let cancel = (): void => undefined;
  const judge = (error: unknown): void => {
    if (isExpelled(error)) onExpelled();
    else if (isRebalance(error)) rebalance = error;
    // Anything else is the connection: the next beat tries again, and the session's end tells what was missed.
  };
  const next = (): void => {
    cancel = clock.schedule(everyMs, () => {
      void beat()
        .catch(judge)
        .finally(() => {
          if (!isDone) next();
        });
    });
  };
  next();
  try {
    return { result: await work(), rebalance };
  } finally {
    isDone = true;
    cancel();
  }
};
