const TICK_MS = 5;

/**
 * Calls `work` at a steady rate, whether or not what it began before has ended: each time with how many are due.
 * Resolves when `rate * seconds` of them were called for.
 */
export const atRate = (rate: number, seconds: number, work: (due: number) => void): Promise<void> =>
  new Promise((resolve) => {
    const start = performance.now();
    const all = Math.round(rate * seconds);
    let done = 0;
    const tick = (): void => {
      const due = Math.min(all, Math.ceil(((performance.now() - start) * rate) / 1000)) - done;
      if (due > 0) work(due);
      done += due;
      if (done < all) return;
      clearInterval(timer);
      resolve();
    };
    const timer = setInterval(tick, TICK_MS);
  });
