import { cannotBeRead } from '../domain/damage.ts';
import { orchestrationAggregate, orchestrationStream } from '../domain/orchestration/aggregate.ts';
import { currentVersion, workersOf } from '../domain/orchestration/state.ts';
import { sagaAggregate } from '../domain/saga/aggregate.ts';
import type { EventStore, StoredEvent } from '../infra/event-store/port.ts';
import { routeOf } from '../infra/task-queue/port.ts';
import type { Snapshots } from '../infra/snapshots/port.ts';
import type { SagaDeps } from './deps.ts';
import { idsOf, isOfOrchestration, isOfRun, lastOfEach } from './engine/moved.ts';
import { loadOpenRuns, noteBatch, saveOpenRuns } from './engine/open-runs.ts';
import type { OpenRuns } from './engine/open-runs.ts';
import type { Reconciler } from './engine/reconcile.ts';
import type { Releases } from './engine/releases.ts';
import type { UnservedSteps } from './engine/unserved-steps.ts';
import { definitionKey } from './engine/waiting-runs.ts';
import type { WaitingRuns } from './engine/waiting-runs.ts';
import { sideBySide } from './one-by-one.ts';
import type { Directory } from './task/directory.ts';
import type { Soon } from '../infra/clock/port.ts';

export type ReactDeps = SagaDeps & {
  readonly store: EventStore;
  readonly directory: Directory;
  readonly reconciler: Reconciler;
  readonly releases: Releases;
  readonly waiting: WaitingRuns;
  readonly unserved: UnservedSteps;
  /** A run that could not be reconciled: it is tried again, the others go on. */
  readonly onTrouble: (flowId: string, error: unknown) => void;
  /** A stream of an orchestration that cannot be folded: its runs wait, the others go on. */
  readonly onUnreadable: (stream: string, error: unknown) => void;
  /** Where the open runs are kept for the next start, if anywhere. */
  readonly snapshots?: Snapshots;
  readonly onUnsaved: (error: unknown) => void;
  /** Called once, when everything the log held at the start has been taken up. */
  readonly onReady: () => void;
};

const AT_ONCE = 64;
const SAVE_EVERY_MS = 60_000;

/**
 * The process loop: follows the log, first only noting which runs are open, then, from the end of history on,
 * bringing tasks and timers in line with every run that moves. All it holds is in memory and is made again by
 * rereading: from the log's start, or from where a snapshot of the open runs was taken. Ends when the signal aborts.
 */
export const react = async (deps: ReactDeps, signal: AbortSignal): Promise<void> => {
  const { store } = deps;
  const categories = [orchestrationAggregate.category, sagaAggregate.category];
  const open = await loadOpenRuns(store, deps.snapshots);
  const keep = keeper(deps, open);
  await takeUpAll(deps, open.orchestrations);
  let isLive = false;
  for await (const batch of store.subscribe({ after: open.position, categories, signal })) {
    const last = lastOfEach(batch.events);
    forgetStale(deps, last);
    deps.unserved.came(batch.events);
    await takeUpAll(deps, idsOf(last, isOfOrchestration));
    if (isLive) await reconcileAll(deps, idsOf(last, isOfRun));
    noteBatch(open, batch);
    if (isLive && keep.isDue()) await keep.now();
    if (isLive || !batch.caughtUp) continue;
    isLive = true;
    await reconcileAll(deps, open.runs);
    deps.onReady();
    await keep.now();
  }
  await keep.now();
};

/** Keeps what a next start would have to reread; where that fails, it rereads. */
const keeper = ({ snapshots, clock, onUnsaved }: ReactDeps, open: OpenRuns) => {
  let savedAt = clock.now();
  return {
    isDue: (): boolean => clock.now() - savedAt >= SAVE_EVERY_MS,
    now: async (): Promise<void> => {
      savedAt = clock.now();
      if (snapshots !== undefined) await saveOpenRuns(snapshots, open).catch(onUnsaved);
    },
  };
};

const forgetStale = ({ sagas, orchestrations }: ReactDeps, events: readonly StoredEvent[]): void => {
  for (const event of events) (isOfRun(event) ? sagas : orchestrations).observe(event);
};

/** New routes for workers, and what waited for them or for the definition may go on. */
const takeUpAll = async (deps: ReactDeps, names: ReadonlySet<string>): Promise<void> => {
  for (const name of names) {
    try {
      await takeUpOrchestration(deps, name);
    } catch (error) {
      // A stream that is damaged, or of a form this version does not know, holds up its own runs, not the others.
      if (!cannotBeRead(error)) throw error;
      deps.onUnreadable(orchestrationStream(name), error);
    }
  }
};

const takeUpOrchestration = async (deps: ReactDeps, name: string): Promise<void> => {
  const { state } = await deps.orchestrations.load(orchestrationStream(name));
  deps.directory.update(name, state);
  deps.unserved.update(name, state);
  const keys = [...state.workers.values()].flat().map((step) => routeOf(name, step.name));
  if (currentVersion(state) !== undefined) keys.push(definitionKey(name));
  for (const flowId of keys.flatMap((key) => deps.waiting.runs(key))) deps.releases.add(flowId);
};

const reconcileAll = async (deps: ReactDeps, flowIds: ReadonlySet<string>): Promise<void> => {
  const all = [...flowIds];
  for (let start = 0; start < all.length; start += AT_ONCE)
    await sideBySide(all.slice(start, start + AT_ONCE), (flowId) => reconcileOne(deps, flowId));
};

const reconcileOne = ({ reconciler, onTrouble }: ReactDeps, flowId: string): Soon<void> => {
  const failed = (error: unknown): void => {
    onTrouble(flowId, error);
  };
  try {
    const done = reconciler.reconcile(flowId);
    return done instanceof Promise ? done.catch(failed) : done;
  } catch (error) {
    failed(error);
  }
};

type SweepDeps = Pick<ReactDeps, 'orchestrations' | 'waiting' | 'releases'>;

/** The backstop against a lost wake-up: whatever waits for something that is there is let go. */
export const sweep = async (deps: SweepDeps): Promise<void> => {
  for (const key of deps.waiting.keys())
    if (await isThere(deps, key)) for (const flowId of deps.waiting.runs(key)) deps.releases.add(flowId);
};

const isThere = async ({ orchestrations }: SweepDeps, key: string): Promise<boolean> => {
  const [orchName = '', step = ''] = splitKey(key);
  try {
    const { state } = await orchestrations.load(orchestrationStream(orchName));
    return step === '' ? currentVersion(state) !== undefined : workersOf(state, step).length > 0;
  } catch (error) {
    // As above: it holds up its own runs, and was told of when it was taken up.
    if (!cannotBeRead(error)) throw error;
    return false;
  }
};

const splitKey = (key: string): readonly string[] => key.split('/');
