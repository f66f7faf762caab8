/** Remembers that something happened, so that whoever looks later does not wait for it in vain. */
export type Signal = {
  readonly raise: () => void;
  /** Resolves once raised since the last `wait`, or when the signal aborts. */
  readonly wait: (abort: AbortSignal) => Promise<void>;
};

export const createSignal = (): Signal => {
  let isRaised = false;
  let wake = (): void => undefined;
  return {
    raise: () => {
      isRaised = true;
      wake();
    },
    wait: async (abort) => {
      if (!isRaised && !abort.aborted) await raisedOr(abort, (woken) => (wake = woken));
      isRaised = false;
    },
  };
};

const raisedOr = (abort: AbortSignal, onWake: (woken: () => void) => void): Promise<void> =>
  new Promise((resolve) => {
    const woken = (): void => {
      abort.removeEventListener('abort', woken);
      resolve();
    };
    abort.addEventListener('abort', woken);
    onWake(woken);
  });
