import type { Clock } from '../clock/port.ts';
import type { EventStore, Position } from '../event-store/port.ts';
import { callsTo } from './calls.ts';
import { logWatch } from './log-watch.ts';
import type { FromThread } from './messages.ts';
import { moveIn } from './messages.ts';
import { movesOf } from './moves.ts';
import type { Moves } from './moves.ts';
import type { ProjectionState, Projector } from './port.ts';
import { requestsOver } from './requests-over.ts';
import { statusWith } from './status.ts';
import { supervised } from './supervised.ts';

export type EmbeddedProjectorOptions = {
  /** A module that calls `serveProjector`. */
  readonly script: URL;
  /** Directory of `log.db` and `read.db`; both exist. */
  readonly dataDir: string;
  readonly log: Pick<EventStore, 'subscribe' | 'lastPosition' | 'readAll'>;
  /** Number of events behind one position up to another. */
  readonly eventsBetween: (after: Position, upTo: Position) => number;
  readonly clock: Clock;
  /** The thread ended unasked; another one is started. Queries go on with what there is. */
  readonly onRestart?: (error: Error) => void;
  /** The log can no longer be followed: read models would fall behind without a word. */
  readonly onFailure?: (error: unknown) => void;
};

// Each batch costs a commit: alone, an event is folded at once; else with what comes in this time, in a rush in a longer
// one: a document that several events change is then written once. Less where somebody looks on, none where somebody waits.
const PAUSES_MS = { unseen: 25, followed: 10 };
const RUSH_MS = { unseen: 100, followed: 25 };
const RUSH = 50;

/** The projector in a thread of its own, with its own connections to log and read models. */
export const embeddedProjector = (options: EmbeddedProjectorOptions): Projector => {
  const { log } = options;
  const { moves, thread, calls, watch, isUp } = wired(options);
  const stopping = new AbortController();
  const watching = watch.run(stopping.signal).catch((error: unknown) => {
    if (!stopping.signal.aborted) options.onFailure?.(error);
  });
  let known: readonly ProjectionState[] = [];
  return {
    reached: moves.reached,
    onChange: moves.onChange,
    ...requestsOver(calls),
    status: async () => {
      known = (await calls.call<'states'>({ method: 'states' })) ?? known;
      const up = isUp() ? 'running' : 'restarting';
      return {
        projector: stopping.signal.aborted ? 'closed' : up,
        restarts: thread.restarts(),
        position: await log.lastPosition(),
        projections: await statusWith(options, known),
      };
    },
    close: async () => {
      stopping.abort();
      await watching;
      await thread.close();
      calls.drop();
    },
  };
};

/** The thread, and what talks to it. */
const wired = ({ script, dataDir, clock, log, onRestart }: EmbeddedProjectorOptions) => {
  let isUp = true;
  const moves = movesOf(() => {
    watch.hurry();
  });
  const onMessage = (message: FromThread): void => {
    isUp = true;
    if (message.kind === 'moved') moves.add(message.moves.map((move) => moveIn(move, moves)));
    else if (message.kind === 'answer') calls.answered(message);
    else watch.seen();
  };
  const onEnd = (error: Error): void => {
    isUp = false;
    calls.drop();
    watch.reset();
    onRestart?.(error);
  };
  const thread = supervised({ script, options: { dataDir }, clock, onMessage, onEnd });
  const calls = callsTo(thread.post);
  const tell = (): void => {
    // Nobody would say that it was read: the next thread begins by reading the log.
    if (!thread.post({ kind: 'log-moved' })) watch.seen();
  };
  const watch = logWatch(log, tell, { clock, ms: (events) => pauseMs(moves, events) });
  return { moves, thread, calls, watch, isUp: () => isUp };
};

const pauseMs = (moves: Moves, events: number): number => {
  if (moves.isAwaited()) return 0;
  return (events < RUSH ? PAUSES_MS : RUSH_MS)[moves.isAnyFollowed() ? 'followed' : 'unseen'];
};
