// Retention and erasure over the embedded log and keys, with read models that follow the log as they do in a server.
import { setImmediate as turn } from 'node:timers/promises';
import { onTestFinished, vi } from 'vitest';
import { createExecutor } from '../../src/commands/execute.ts';
import { runEraser } from '../../src/commands/instance/eraser.ts';
import { createRetention } from '../../src/commands/instance/retention.ts';
import { startRetention } from '../../src/commands/instance/start-retention.ts';
import { deadLetterAggregate, letterStream } from '../../src/domain/dead-letter/aggregate.ts';
import type { DeadLetterEvent } from '../../src/domain/dead-letter/events.ts';
import { retentionAggregate } from '../../src/domain/retention/aggregate.ts';
import { sagaAggregate, sagaStream } from '../../src/domain/saga/aggregate.ts';
import type { SagaEvent } from '../../src/domain/saga/events.ts';
import { systemClock, systemIds } from '../../src/infra/clock/system.ts';
import { LogDamaged } from '../../src/infra/event-store/errors.ts';
import { NO_STREAM } from '../../src/infra/event-store/port.ts';
import type { Checkpoints, EventStore, Position } from '../../src/infra/event-store/port.ts';
import { deadLetters } from '../../src/projections/dead-letters/projection.ts';
import { createProjector } from '../../src/projections/engine/projector.ts';
import { instances } from '../../src/projections/instances/projection.ts';
import { sagas } from '../../src/projections/sagas/projection.ts';
import { getRetention } from '../../src/queries/instance/get-retention.ts';
import { retentionReads } from '../../src/queries/instance/retention-reads.ts';
import { freshDirectory } from './fresh-directory.ts';
import { context, instanceWorld } from './instance-world.ts';
import type { Instead } from './instance-world.ts';
import { memoryReadStore } from './memory-read-store.ts';
import { started } from './saga-events.ts';

const DAY_MS = 86_400_000;
export const DAYS = 60;
/** Far from what the machine's clock says, so that nothing depends on it. */
export const TODAY = Date.UTC(2031, 0, 1);
export const daysAgo = (days: number): string => new Date(TODAY - days * DAY_MS).toISOString();

type Settings = {
  readonly now?: () => number;
  readonly instead?: Instead;
  readonly passedOn?: () => Promise<Position | undefined>;
  readonly delayMs?: number;
  readonly plaintextMs?: number;
  /** Streams of runs and letters that are damaged. */
  readonly unreadable?: readonly string[];
};

/** A log of which some streams cannot be read. */
const damagedIn = <Log extends Pick<EventStore, 'readStream'>>(
  store: Log,
  streams: readonly string[],
): Log => ({
  ...store,
  readStream: (stream, options) =>
    streams.includes(stream)
      ? Promise.reject(new LogDamaged(stream, 0, 'the hash does not match'))
      : store.readStream(stream, options),
});

/** Read models in memory that follow a log, and what retention asks of them. */
export const followed = (store: Pick<EventStore, 'readAll' | 'lastPosition'>) => {
  const readStore = memoryReadStore();
  const clock = systemClock();
  const followedBy = [sagas, deadLetters, instances];
  const onMoved = (): void => undefined;
  const projector = createProjector({ log: store, readStore, clock, projections: followedBy, onMoved });
  const stopping = new AbortController();
  const projecting = projector.run(stopping.signal);
  const stop = async (): Promise<void> => {
    stopping.abort();
    await projecting;
  };
  const isAt = (name: string, position: Position): boolean => {
    projector.logMoved();
    const state = projector.states().find((one) => one.name === name);
    return state?.state === 'live' && (state.position ?? '') >= position;
  };
  const reached = async (name: string, position: Position, signal: AbortSignal): Promise<boolean> => {
    while (!isAt(name, position)) {
      if (signal.aborted) return false;
      await turn();
    }
    return true;
  };
  const caughtUp = async (): Promise<void> => {
    const position = await store.lastPosition();
    for (const { spec } of followedBy) await reached(spec.name, position, new AbortController().signal);
  };
  return { readStore, reads: retentionReads({ readStore, reached }), caughtUp, stop };
};

export const retentionWorld = async () => {
  const dataDir = freshDirectory();
  const world = await instanceWorld(dataDir);
  const { store, keys } = world;
  const clock = systemClock();
  const { readStore, reads, caughtUp, stop } = followed(store);
  onTestFinished(stop);

  /** What a process has of its own. */
  const partsOf = (settings: Settings) => {
    const { now = () => TODAY, instead, passedOn, delayMs = 0, plaintextMs = 0, unreadable = [] } = settings;
    const process = world.process(instead === undefined ? {} : { instead });
    const failed: string[] = [];
    const alreadyDeleted: string[] = [];
    const notErased: string[] = [];
    const unread: string[] = [];
    const stuckCounts: number[] = [];
    const shared = { store: damagedIn(process.store, unreadable), clock, isShared: true };
    const runs = createExecutor(shared, retentionAggregate);
    const deps = {
      ...{ ...process, reads, retentionRuns: runs, clock: { ...clock, now } },
      sagas: createExecutor(shared, sagaAggregate),
      letters: createExecutor(shared, deadLetterAggregate),
      passedOn: passedOn ?? (() => Promise.resolve(undefined)),
      settings: { days: DAYS, delayMs, intervalMs: DAY_MS },
      onFailed: (instanceId: string) => void failed.push(instanceId),
      onAlreadyDeleted: (instanceId: string) => void alreadyDeleted.push(instanceId),
      onNotErased: (intakeId: string) => void notErased.push(intakeId),
      onUnread: (stream: string) => void unread.push(stream),
      onUnreadable: (stream: string) => void unread.push(stream),
      onStuckCount: (count: number) => void stuckCounts.push(count),
      plaintextMs,
    };
    return { deps, failed, alreadyDeleted, notErased, unread, stuckCounts };
  };

  /** One process that does one run, and ends with it; `killed` rejects with what stopped it before. */
  const runOnce = async (settings: Settings = {}) => {
    await caughtUp();
    const { deps, ...told } = partsOf(settings);
    const over = new AbortController();
    let erased = 0;
    const retention = createRetention({
      ...deps,
      onFinished: (_run, { refusals }) => {
        erased = refusals;
        over.abort();
      },
    });
    await retention.run(over.signal);
    await caughtUp();
    return { ...told, erased };
  };

  /** Erases what is deleted so far. */
  const erase = async (
    settings: {
      plaintextMs?: number;
      passedOn?: () => Promise<Position | undefined>;
      instead?: Instead;
    } = {},
    checkpoints: Checkpoints = noCheckpoint(),
  ): Promise<void> => {
    const { deps } = partsOf(settings);
    const over = new AbortController();
    const last = await store.lastPosition();
    const save: Checkpoints['save'] = async (follower, position) => {
      await checkpoints.save(follower, position);
      if (position >= last) over.abort();
    };
    await runEraser({ ...deps, checkpoints: { ...checkpoints, save } }, over.signal);
    await caughtUp();
  };

  const append = async (
    stream: string,
    events: readonly (SagaEvent | DeadLetterEvent)[],
    more: { readonly correlationId?: string; readonly commandId?: string } = {},
  ): Promise<void> => {
    const id = systemIds().next();
    const metadata = { commandId: id, correlationId: id, causationId: id, actor: context.actor, ...more };
    const fresh = events.map((event) => ({ ...event, eventId: systemIds().next(), schemaVersion: '1.1' }));
    const result = await store.append(stream, NO_STREAM, fresh, metadata);
    if (result.kind !== 'ok') throw new Error(result.kind);
  };
  return {
    ...{ ...world, dataDir, keys, readStore, reads, caughtUp, runOnce, erase, append, partsOf },
    retentionView: getRetention({ log: store, countBefore: reads.countBefore }),
    start: startRetention({
      ...{ retentionRuns: partsOf({}).deps.retentionRuns, clock: { now: () => TODAY }, ids: systemIds() },
      days: DAYS,
    }),
    /** A run under this correlation id, in its first step or at its end. */
    saga: (flowId: string, correlationId: string, ...then: readonly SagaEvent[]) =>
      append(sagaStream(flowId), [started(null), ...then], { correlationId }),
    letter: (letterId: string, ...events: readonly DeadLetterEvent[]) =>
      append(letterStream(letterId), events),
    until: (condition: () => Promise<boolean>): Promise<void> =>
      vi.waitFor(
        async () => {
          if (!(await condition())) throw new Error('not yet');
        },
        { timeout: 10_000, interval: 5 },
      ),
  };
};

export type RetentionWorld = Awaited<ReturnType<typeof retentionWorld>>;

const noCheckpoint = (): Checkpoints => ({
  load: () => Promise.resolve(undefined),
  save: () => Promise.resolve(),
});
