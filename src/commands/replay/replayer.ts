import { isUnknownForm } from '../../domain/aggregate.ts';
import { parseReplayEvent } from '../../domain/replay/events.ts';
import type { ReplayEvent } from '../../domain/replay/events.ts';
import { idOf } from '../../domain/stream-name.ts';
import { START } from '../../infra/event-store/port.ts';
import type { EventStore, StoredEvent } from '../../infra/event-store/port.ts';
import type { Replays } from './replay-deps.ts';

export type ReplayerDeps = {
  readonly store: Pick<EventStore, 'subscribe'>;
  readonly replays: Pick<Replays, 'observe'>;
  /** Works on one session, in one process at a time, until the signal aborts and work has ended. Never rejects. */
  readonly work: (sessionId: string, signal: AbortSignal) => Promise<void>;
  /** A session that waits for its turn, said once for each time that it does. Never rejects. */
  readonly onTurn: (sessionId: string) => Promise<void>;
  /** A session that this version cannot read: it is left alone. */
  readonly onUnreadable: (sessionId: string, error: unknown) => void;
};

/** Sessions worked on at once; others wait for their turn, in the order they were started in. */
const AT_ONCE = 16;

type Work = { readonly stop: AbortController; readonly ended: Promise<void> };

/**
 * Follows the log and keeps the work of every running session going; what is paused or over is stopped. All it knows is
 * in the log, so it goes on after a restart where it stopped.
 */
export const createReplayer = (deps: ReplayerDeps) => {
  const running = new Set<string>();
  const works = createWorks(deps, running);
  return {
    /** Until the signal aborts; then what is under way is recorded. @throws what the log throws. */
    run: async (signal: AbortSignal): Promise<void> => {
      let hasCaughtUp = false;
      try {
        for await (const batch of deps.store.subscribe({ after: START, categories: ['replay'], signal })) {
          for (const event of batch.events) take(deps, running, event);
          hasCaughtUp ||= batch.caughtUp;
          if (hasCaughtUp) works.adjust();
        }
      } finally {
        await works.stop();
      }
    },
    /** Sessions that are worked on now. */
    status: works.under,
  };
};

/** Brings what is worked on in line with what should be. */
const createWorks = (
  { work, onTurn }: Pick<ReplayerDeps, 'work' | 'onTurn'>,
  running: ReadonlySet<string>,
) => {
  const works = new Map<string, Work>();
  const queue = createQueue(onTurn);
  let isOver = false;
  const begin = (sessionId: string): void => {
    const stop = new AbortController();
    const ended = work(sessionId, stop.signal).finally(() => {
      works.delete(sessionId);
      // It may have been resumed while it came to its end.
      if (!isOver) adjust();
    });
    works.set(sessionId, { stop, ended });
    queue.leave(sessionId);
  };
  const adjust = (): void => {
    for (const [sessionId, { stop }] of works) if (!running.has(sessionId)) stop.abort();
    queue.keepOnly(running);
    for (const sessionId of running) {
      if (works.has(sessionId)) continue;
      if (works.size < AT_ONCE) begin(sessionId);
      else queue.add(sessionId);
    }
  };
  return {
    adjust,
    under: () => [...works.keys()],
    stop: async (): Promise<void> => {
      isOver = true;
      for (const { stop } of works.values()) stop.abort();
      await Promise.all([...works.values()].map(({ ended }) => ended));
    },
  };
};

/** Of each session in it that is said, once for as long as it stands there. */
const createQueue = (onTurn: ReplayerDeps['onTurn']) => {
  const waiting = new Set<string>();
  return {
    add: (sessionId: string): void => {
      if (waiting.has(sessionId)) return;
      waiting.add(sessionId);
      void onTurn(sessionId);
    },
    leave: (sessionId: string): void => {
      waiting.delete(sessionId);
    },
    keepOnly: (running: ReadonlySet<string>): void => {
      for (const sessionId of waiting) if (!running.has(sessionId)) waiting.delete(sessionId);
    },
  };
};

const take = (deps: ReplayerDeps, running: Set<string>, stored: StoredEvent): void => {
  deps.replays.observe(stored);
  const sessionId = idOf(stored.stream);
  try {
    const isOn = isRunningAfter(parseReplayEvent(stored));
    if (isOn === true) running.add(sessionId);
    if (isOn === false) running.delete(sessionId);
  } catch (error) {
    if (!isUnknownForm(error)) throw error;
    running.delete(sessionId);
    deps.onUnreadable(sessionId, error);
  }
};

/** Undefined where the event does not decide it. */
const isRunningAfter = ({ type }: ReplayEvent): boolean | undefined => {
  switch (type) {
    case 'ReplayStarted':
    case 'ReplayResumed':
      return true;
    case 'ReplayPaused':
    case 'ReplayCancelled':
    case 'ReplayCompleted':
    case 'ReplayFailed':
      return false;
    case 'ReplayCreated':
    case 'ReplayCounted':
    case 'ReplayProgressed':
    case 'ReplayWaiting':
      return undefined;
  }
};
