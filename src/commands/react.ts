import { isUnknownForm } from '../domain/aggregate.ts';
import { orchestrationAggregate, orchestrationStream } from '../domain/orchestration/aggregate.ts';
import { currentVersion, workersOf } from '../domain/orchestration/state.ts';
import { sagaAggregate } from '../domain/saga/aggregate.ts';
import { START } from '../infra/event-store/port.ts';
import type { EventBatch, EventStore, StoredEvent } from '../infra/event-store/port.ts';
import { routeOf } from '../infra/task-queue/port.ts';
import type { SagaDeps } from './deps.ts';
import type { Reconciler } from './engine/reconcile.ts';
import type { Releases } from './engine/releases.ts';
import { definitionKey } from './engine/waiting-runs.ts';
import type { WaitingRuns } from './engine/waiting-runs.ts';
import type { Directory } from './task/directory.ts';

export type ReactDeps = SagaDeps & {
  readonly store: EventStore;
  readonly directory: Directory;
  readonly reconciler: Reconciler;
  readonly releases: Releases;
  readonly waiting: WaitingRuns;
  /** A run that could not be reconciled: it is tried again, the others go on. */
  readonly onTrouble: (flowId: string, error: unknown) => void;
  /** A stream of an orchestration that cannot be folded: its runs wait, the others go on. */
  readonly onUnreadable: (stream: string, error: unknown) => void;
  /** Called once, when everything the log held at the start has been taken up. */
  readonly onReady: () => void;
};

const AT_ONCE = 64;
const endings = new Set(['SagaCompleted', 'SagaFailed', 'SagaUndone', 'SagaCancelled']);
const openings = new Set(['SagaStarted', 'UndoStarted']);

const idOf = (event: StoredEvent): string => event.stream.slice(event.stream.indexOf('-') + 1);
const isSaga = ({ stream }: StoredEvent): boolean => stream.startsWith(`${sagaAggregate.category}-`);

/**
 * The process loop: follows the log from its start, first only noting which runs are open, then, from the
 * end of history on, bringing tasks and timers in line with every run that moves. It keeps no checkpoint:
 * all it holds is in memory and is made again by rereading. Ends when the signal aborts.
 */
export const react = async (deps: ReactDeps, signal: AbortSignal): Promise<void> => {
  const { store } = deps;
  const categories = [orchestrationAggregate.category, sagaAggregate.category];
  const openAtStart = new Set<string>();
  let isLive = false;
  for await (const batch of store.subscribe({ after: START, categories, signal })) {
    forgetStale(deps, batch);
    await takeUpOrchestrations(deps, batch);
    if (isLive) await reconcileAll(deps, new Set(batch.events.filter(isSaga).map(idOf)));
    else noteOpen(openAtStart, batch);
    if (isLive || !batch.caughtUp) continue;
    isLive = true;
    await reconcileAll(deps, openAtStart);
    openAtStart.clear();
    deps.onReady();
  }
};

const forgetStale = ({ sagas, orchestrations }: ReactDeps, { events }: EventBatch): void => {
  for (const event of events) (isSaga(event) ? sagas : orchestrations).observe(event);
};

const noteOpen = (open: Set<string>, { events }: EventBatch): void => {
  for (const event of events) {
    if (openings.has(event.type)) open.add(idOf(event));
    if (endings.has(event.type)) open.delete(idOf(event));
  }
};

/** New routes for workers, and what waited for them or for the definition may go on. */
const takeUpOrchestrations = async (deps: ReactDeps, { events }: EventBatch): Promise<void> => {
  const names = new Set(events.filter((event) => !isSaga(event)).map(idOf));
  for (const name of names) {
    try {
      await takeUpOrchestration(deps, name);
    } catch (error) {
      // A stream of a form this version does not know holds up its own runs, not the others.
      if (!isUnknownForm(error)) throw error;
      deps.onUnreadable(orchestrationStream(name), error);
    }
  }
};

const takeUpOrchestration = async (deps: ReactDeps, name: string): Promise<void> => {
  const { state } = await deps.orchestrations.load(orchestrationStream(name));
  deps.directory.update(name, state);
  const keys = [...state.workers.values()].flat().map((step) => routeOf(name, step.name));
  if (currentVersion(state) !== undefined) keys.push(definitionKey(name));
  for (const flowId of keys.flatMap((key) => deps.waiting.runs(key))) deps.releases.add(flowId);
};

const reconcileAll = async (deps: ReactDeps, flowIds: ReadonlySet<string>): Promise<void> => {
  const all = [...flowIds];
  for (let start = 0; start < all.length; start += AT_ONCE)
    await Promise.all(all.slice(start, start + AT_ONCE).map((flowId) => reconcileOne(deps, flowId)));
};

const reconcileOne = async ({ reconciler, onTrouble }: ReactDeps, flowId: string): Promise<void> => {
  try {
    await reconciler.reconcile(flowId);
  } catch (error) {
    onTrouble(flowId, error);
  }
};

/** The backstop against a lost wake-up: whatever waits for something that is there is let go. */
export const sweep = async (deps: ReactDeps): Promise<void> => {
  for (const key of deps.waiting.keys()) {
    const [orchName = '', step = ''] = splitKey(key);
    const { state } = await deps.orchestrations.load(orchestrationStream(orchName));
    const isThere = step === '' ? currentVersion(state) !== undefined : workersOf(state, step).length > 0;
    if (isThere) for (const flowId of deps.waiting.runs(key)) deps.releases.add(flowId);
  }
};

const splitKey = (key: string): readonly string[] => key.split('/');
