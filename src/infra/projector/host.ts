import type { Clock } from '../clock/port.ts';
import type { EventStore } from '../event-store/port.ts';
import { logWatch } from './log-watch.ts';
import type { ProjectorMailbox } from './mailbox.ts';
import { perform } from './perform.ts';
import type { Move, ProjectorEngine } from './port.ts';

export type ProjectorHostOptions = {
  readonly engineWith: (onMoved: (moves: readonly Move[]) => void) => ProjectorEngine;
  readonly log: Pick<EventStore, 'subscribe' | 'lastPosition'>;
  readonly mailbox: ProjectorMailbox;
  readonly clock: Clock;
  /** Told of every batch, for what follows read models in this process. */
  readonly onMoved: (moves: readonly Move[]) => void;
};

/**
 * Keeps the read models up and answers the mailbox for as long as the signal allows: run by the one process that holds
 * the projector's lease. Rejects where a store fails; what it had under way is taken up by whoever runs it next.
 */
export const hostProjector = async (options: ProjectorHostOptions, signal: AbortSignal): Promise<void> => {
  const ended = new AbortController();
  const until = AbortSignal.any([signal, ended.signal]);
  const engine = options.engineWith(options.onMoved);
  const watch = logWatch(options.log, () => {
    engine.logMoved();
    watch.seen();
  });
  const parts = [
    engine.run(until),
    watch.run(until),
    options.mailbox.serve((call) => perform(engine, call), until),
  ];
  try {
    // The first to end ends the others: none is of use alone.
    await Promise.race(parts);
  } finally {
    ended.abort();
    await Promise.allSettled(parts);
  }
};
