import type { Actor, AppendMetadata } from '../../domain/event.ts';
import { RETENTION_STREAM } from '../../domain/retention/aggregate.ts';
import type { RetentionRun } from '../../domain/retention/state.ts';
import { pause } from '../../infra/clock/port.ts';
import type { Clock, Ids } from '../../infra/clock/port.ts';
import type { EventStore, Position } from '../../infra/event-store/port.ts';
import { commandIdOf } from '../deterministic-ids.ts';
import type { Unavailable } from '../result.ts';
import { eraseRefusals } from './erase-refusals.ts';
import type { EraseRefusalsDeps } from './erase-refusals.ts';
import type { RetentionRuns } from './retention-port.ts';
import { deletedBy, deleteExpired, noneDeleted } from './retention-run.ts';
import type { RetentionCounts, RetentionRunDeps } from './retention-run.ts';
import { newRun } from './start-retention.ts';

export type RetentionDeps = RetentionRunDeps &
  EraseRefusalsDeps & {
    readonly store: Pick<EventStore, 'readAll' | 'subscribe'>;
    readonly retentionRuns: RetentionRuns;
    readonly clock: Clock;
    readonly ids: Ids;
    readonly settings: RetentionSettings;
    /** A run came to an end. */
    readonly onFinished: (run: RetentionRun, counts: RetentionCounts) => void;
  };

export type RetentionSettings = {
  /** Instances made more than this many days ago go. */
  readonly days: number;
  /** From the beginning to the first run, in milliseconds. */
  readonly delayMs: number;
  /** From the end of a run to the next one, in milliseconds. */
  readonly intervalMs: number;
};

const duty: Actor = { kind: 'system', id: 'retention', source: 'sweeper' };

/**
 * Runs one retention run after the other: the first after a while, then again a while after the one before has ended,
 * and at once where somebody has started one. A run that was left unfinished is gone on with, whoever began it.
 */
export const createRetention = (deps: RetentionDeps) => {
  const { clock, settings, retentionRuns } = deps;
  let current: { readonly runId: string; readonly counts: RetentionCounts } | undefined;

  const work = async (run: RetentionRun, signal: AbortSignal): Promise<void> => {
    const counts = noneDeleted();
    current = { runId: run.runId, counts };
    try {
      if (!(await takeExpired(deps, run, counts, signal))) return;
      // With what was deleted before it was begun anew, or by another process at the same time.
      counts.deleted = await deletedBy(deps.store, run, await startOf(deps));
      await finish(deps, run, counts);
      deps.onFinished(run, counts);
    } finally {
      current = undefined;
    }
  };
  const turn = async (dueAt: number, signal: AbortSignal): Promise<boolean> => {
    const { state } = await retentionRuns.reload(RETENTION_STREAM);
    if (state.current === null && clock.now() < dueAt) return false;
    const run = state.current ?? (await begin(deps));
    if (run !== null) await work(run, signal);
    return run !== null;
  };
  const loop = async (signal: AbortSignal, wake: Wake): Promise<void> => {
    let dueAt = clock.now() + settings.delayMs;
    while (!signal.aborted) {
      // Taken before looking, so that a run started in between is not missed.
      const woken = wake.next();
      if (await turn(dueAt, signal)) dueAt = clock.now() + settings.intervalMs;
      else await pause(clock, dueAt - clock.now(), AbortSignal.any([signal, woken]));
    }
  };
  return {
    /** Until the signal aborts. @throws what the log and the read models throw. */
    run: (signal: AbortSignal): Promise<void> => whileFollowed(deps, signal, loop),
    /** What this process has done of the run under way. */
    progress: () => (current === undefined ? null : structuredClone(current)),
  };
};

type Wake = { readonly next: () => AbortSignal; readonly now: () => void };

const createWake = (): Wake => {
  let waiting = new AbortController();
  return {
    next: () => (waiting = new AbortController()).signal,
    now: () => {
      waiting.abort();
    },
  };
};

/** Runs the loop beside a subscription that wakes it when somebody starts a run; where one ends, so does the other. */
const whileFollowed = async (
  { store }: RetentionDeps,
  signal: AbortSignal,
  loop: (signal: AbortSignal, wake: Wake) => Promise<void>,
): Promise<void> => {
  const ended = new AbortController();
  const over = AbortSignal.any([signal, ended.signal]);
  const wake = createWake();
  const after = await store.lastPosition();
  const follow = async (): Promise<void> => {
    for await (const { events } of store.subscribe({ after, categories: ['retention'], signal: over }))
      if (events.length > 0) wake.now();
  };
  const ending = (running: Promise<void>): Promise<void> =>
    running.finally(() => {
      ended.abort();
    });
  await Promise.all([ending(follow()), ending(loop(over, wake))]);
};

/** False where the signal aborted before everything was looked at. */
const takeExpired = async (
  deps: RetentionDeps,
  run: RetentionRun,
  counts: RetentionCounts,
  signal: AbortSignal,
): Promise<boolean> =>
  (await deleteExpired(deps, run, counts, signal)) && (await eraseRefusals(deps, { run, counts }, signal));

const begin = async ({
  retentionRuns,
  ids,
  clock,
  settings,
}: RetentionDeps): Promise<RetentionRun | null> => {
  const runId = ids.next();
  const run = newRun(runId, clock.now(), settings.days);
  const metadata = metadataOf(runId);
  const outcome = await retentionRuns.execute(RETENTION_STREAM, { type: 'StartRetentionRun', run }, metadata);
  if (outcome.kind === 'unavailable') throw new RetentionStuck(outcome);
  // Where a person was faster, theirs is the one; none where it has ended already.
  const { state } = outcome.kind === 'accepted' ? outcome : await retentionRuns.reload(RETENTION_STREAM);
  return state.current;
};

const finish = async (
  { retentionRuns }: RetentionDeps,
  { runId }: RetentionRun,
  { deleted, kept, failed }: RetentionCounts,
): Promise<void> => {
  const outcome = await retentionRuns.execute(
    RETENTION_STREAM,
    { type: 'FinishRetentionRun', result: { runId, deleted, kept, failed } },
    metadataOf(commandIdOf('retention', 'finish', runId)),
  );
  if (outcome.kind === 'unavailable') throw new RetentionStuck(outcome);
};

const metadataOf = (commandId: string): AppendMetadata => ({
  ...{ commandId, causationId: commandId, correlationId: commandId, actor: duty },
});

/** Where the run under way was started: the last event of the stream. */
const startOf = async ({ store }: RetentionDeps): Promise<Position> => {
  const { events } = await store.readStream(RETENTION_STREAM, {
    from: 'end',
    direction: 'backwards',
    max: 1,
  });
  const [last] = events;
  if (last === undefined) throw new Error('a run without a beginning');
  return last.position;
};

/** The log did not take what is to be said of a run: the duty is begun anew, and goes on with it. */
class RetentionStuck extends Error {
  override readonly name = 'RetentionStuck';
  constructor({ code, detail }: Unavailable) {
    super(`${code}: ${detail}`);
  }
}
