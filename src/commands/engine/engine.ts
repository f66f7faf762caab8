import type { EventStore } from '../../infra/event-store/port.ts';
import type { Snapshots } from '../../infra/snapshots/port.ts';
import type { SagaDeps } from '../deps.ts';
import { react, sweep } from '../react.ts';
import type { ReactDeps } from '../react.ts';
import { createActions } from './act.ts';
import { createBackground } from './background.ts';
import { checkLeases } from './leases.ts';
import { takeBackLeft } from './left-tasks.ts';
import { createReconciler } from './reconcile.ts';
import { createReleases } from './releases.ts';
import type { Pace } from './releases.ts';
import { createSurroundings } from './surroundings.ts';
import type { Surroundings } from './surroundings.ts';
import { createTroubled } from './troubled.ts';
import { createTimers } from './timers.ts';
import { createUnservedSteps } from './unserved-steps.ts';
import { createWaitingRuns } from './waiting-runs.ts';

export type EngineSettings = {
  readonly leaseMs: number;
  /** How often leases and deadlines are looked at, in milliseconds (default 1000). */
  readonly leaseCheckMs?: number;
  /** How often the backstop looks for lost wake-ups; null switches it off (tests prove it is not needed). */
  readonly sweepMs: number | null;
  readonly pace: Pace;
  /** How long a step may have no worker before what is on offer is taken back, in milliseconds (default 60,000). */
  readonly graceMs?: number;
};

export type EngineDeps = SagaDeps & {
  readonly store: EventStore;
  readonly settings: EngineSettings;
  /** Shared with what else follows the log in this process; its own where there is nothing else. */
  readonly surroundings?: Surroundings;
  /** Where the open runs are kept for the next start; without it each start rereads the log. */
  readonly snapshots?: Snapshots;
  /** Something went wrong with one run, or (undefined) with the engine's own upkeep. It is tried again. */
  readonly onTrouble: (flowId: string | undefined, error: unknown) => void;
};

const LEASE_CHECK_MS = 1000;
const RETRY_MS = 1000;
const GRACE_MS = 60_000;
const LOOKS_PER_GRACE = 6;
const graceMsOf = ({ graceMs = GRACE_MS }: EngineSettings): number => graceMs;

/**
 * The process loop with its timers, leases and releases. `run` follows the log until the signal aborts and
 * rejects when the log fails; `ready` resolves once everything in the log has been taken up.
 */
export const createEngine = (deps: EngineDeps) => {
  const parts = wire(deps);
  let onReady = (): void => undefined;
  const ready = new Promise<void>((resolve) => (onReady = resolve));
  const reactDeps: ReactDeps = {
    ...deps,
    ...parts,
    onTrouble: parts.trouble,
    onUnreadable: (stream, error) => {
      deps.onTrouble(undefined, new Error(`${stream} cannot be read`, { cause: error }));
    },
    onUnsaved: deps.onTrouble.bind(undefined, undefined),
    onReady: () => onReady(),
  };

  const run = async (signal: AbortSignal): Promise<void> => {
    const { sweepMs } = deps.settings;
    const stops = [
      ...lookAfterTasks(deps, parts, signal),
      every(deps, parts, sweepMs, () => sweep(reactDeps)),
    ];
    try {
      await react(reactDeps, signal);
    } finally {
      for (const stop of [...stops, parts.timers.stop, parts.releases.stop, parts.troubled.stop]) stop();
      await parts.background.idle();
    }
  };

  const { directory, progress, atRest } = parts;
  const counts = () => ({
    openRuns: parts.reconciler.openRuns(),
    waitingRuns: parts.waiting.size(),
    timers: parts.timers.size(),
    releases: parts.releases.size(),
    troubled: parts.troubled.size(),
  });
  return { run, ready, directory, progress, atRest, counts };
};
export type Engine = ReturnType<typeof createEngine>;

type Parts = ReturnType<typeof wire>;

const wire = (deps: EngineDeps) => {
  const { clock, settings } = deps;
  const trouble = (flowId: string, error: unknown): void => {
    troubled.add(flowId, error);
    deps.onTrouble(flowId, error);
  };
  const background = createBackground((error) => {
    deps.onTrouble(undefined, error);
  });
  const actions = createActions(deps);
  const attempt = (flowId: string, task: () => Promise<void>): void => {
    background.run(() =>
      task().catch((error: unknown) => {
        trouble(flowId, error);
      }),
    );
  };
  const advance = (flowId: string): void => {
    attempt(flowId, async () => {
      const since = clock.now();
      if ((await actions.advance(flowId)) === 'again') timers.arm(flowId, clock.now() + RETRY_MS);
      else await reconciler.rearm(flowId, since);
      troubled.over(flowId);
    });
  };
  const troubled = createTroubled(deps, (flowId) => {
    attempt(flowId, async () => {
      await reconciler.reconcile(flowId);
      releases.add(flowId);
    });
  });
  const timers = createTimers(clock, advance);
  const releases = createReleases(clock, settings.pace, advance);
  const waiting = createWaitingRuns();
  const unserved = createUnservedSteps({ clock, graceMs: graceMsOf(settings) });
  const { progress, atRest, directory } = deps.surroundings ?? createSurroundings();
  const shared = { timers, releases, waiting, progress, directory };
  const reconciler = createReconciler({ ...deps, ...shared, onRest: atRest.notify });
  return { ...shared, unserved, actions, atRest, background, reconciler, trouble, troubled };
};

/** Tasks whose workers went away, with them or without; each of the returned functions stops something. */
const lookAfterTasks = (deps: EngineDeps, parts: Parts, signal: AbortSignal): readonly (() => void)[] => {
  const { leaseMs, leaseCheckMs = LEASE_CHECK_MS } = deps.settings;
  const given = { ...deps, ...parts, leaseMs };
  return [
    every(deps, parts, leaseCheckMs, () => checkLeases(given)),
    every(deps, parts, Math.ceil(graceMsOf(deps.settings) / LOOKS_PER_GRACE), () =>
      takeBackLeft(given, signal),
    ),
  ];
};

/** Repeats a task on the clock, never overlapping with itself; the returned function stops it. */
const every = (
  { clock }: EngineDeps,
  { background }: Parts,
  intervalMs: number | null,
  task: () => Promise<void>,
): (() => void) => {
  if (intervalMs === null) return () => undefined;
  let isStopped = false;
  let cancel = (): void => undefined;
  const next = (): void => {
    cancel = clock.schedule(intervalMs, () => {
      background.run(async () => {
        try {
          await task();
        } finally {
          if (!isStopped) next();
        }
      });
    });
  };
  next();
  return () => {
    isStopped = true;
    cancel();
  };
};
