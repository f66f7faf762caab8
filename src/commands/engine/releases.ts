import type { Clock } from '../../infra/clock/port.ts';

/** How fast waiting runs are let go when what they waited for is back. */
export type Pace = { readonly batch: number; readonly intervalMs: number };

/**
 * Lets runs go at a pace: at most `batch` at once and then every `intervalMs`, so that a returning worker is
 * not flooded. A run already queued is not queued twice. Once stopped it takes no more.
 */
export const createReleases = (
  clock: Clock,
  { batch, intervalMs }: Pace,
  release: (flowId: string) => void,
) => {
  const queued = new Set<string>();
  let cancel: (() => void) | undefined;
  let isStopped = false;

  const letGo = (): void => {
    cancel = undefined;
    let left = batch;
    for (const flowId of queued) {
      if (left === 0) break;
      left -= 1;
      queued.delete(flowId);
      release(flowId);
    }
    // The interval also follows the last batch: what is queued meanwhile waits its turn.
    if (left < batch) cancel = clock.schedule(intervalMs, letGo);
  };

  return {
    add: (flowId: string): void => {
      if (isStopped) return;
      queued.add(flowId);
      cancel ??= clock.schedule(0, letGo);
    },
    size: (): number => queued.size,
    stop: (): void => {
      isStopped = true;
      cancel?.();
      queued.clear();
    },
  };
};
export type Releases = ReturnType<typeof createReleases>;
