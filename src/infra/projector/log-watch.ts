import type { Clock } from '../clock/port.ts';
import type { EventStore } from '../event-store/port.ts';

export type LogWatch = {
  /** The last message has been read. */
  readonly seen: () => void;
  /** Nobody has been told anything: there is a new thread. */
  readonly reset: () => void;
  /** Rejects when the log fails. */
  readonly run: (signal: AbortSignal) => Promise<void>;
};

/** How far apart two messages are at least, in milliseconds: what comes in a rush is taken up together. */
export type Spacing = { readonly clock: Clock; readonly ms: number };

/** Tells that the log has moved, at most one message at a time, and never too few of them. */
export const logWatch = (
  log: Pick<EventStore, 'subscribe' | 'lastPosition'>,
  tell: () => void,
  spacing?: Spacing,
): LogWatch => {
  let isTold = false;
  let isStale = false;
  const send = spaced(spacing, () => {
    isStale = false;
    tell();
  });
  const moved = (): void => {
    isStale = isTold;
    if (isTold) return;
    isTold = true;
    send();
  };
  return {
    seen: () => {
      isTold = false;
      // What came while the message was on its way may not have been there when the log was read.
      if (isStale) moved();
    },
    reset: () => {
      isTold = false;
      isStale = false;
    },
    run: async (signal) => {
      const after = await log.lastPosition();
      for await (const { events } of log.subscribe({ after, signal })) if (events.length > 0) moved();
    },
  };
};

const spaced = (spacing: Spacing | undefined, send: () => void): (() => void) => {
  if (spacing === undefined) return send;
  const { clock, ms } = spacing;
  let nextAt = -Infinity;
  const sendNow = (): void => {
    nextAt = clock.now() + ms;
    send();
  };
  return () => {
    const early = nextAt - clock.now();
    if (early <= 0) sendNow();
    else clock.schedule(early, sendNow);
  };
};
