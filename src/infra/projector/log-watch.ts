import type { Clock } from '../clock/port.ts';
import type { EventStore } from '../event-store/port.ts';

export type LogWatch = {
  /** The last message has been read. */
  readonly seen: () => void;
  /** Somebody waits: what is only to be told of later is told of now. */
  readonly hurry: () => void;
  /** Nobody has been told anything: there is a new thread. */
  readonly reset: () => void;
  /** Rejects when the log fails. */
  readonly run: (signal: AbortSignal) => Promise<void>;
};

/** How far apart two messages are at least: what comes in a rush is taken up together. */
export type Spacing = {
  readonly clock: Clock;
  /** Milliseconds behind a message that so many events were the reason of; asked when there is more to tell. */
  readonly ms: (events: number) => number;
};

/** Tells that the log has moved, at most one message at a time, and never too few of them. */
export const logWatch = (
  log: Pick<EventStore, 'subscribe' | 'lastPosition'>,
  tell: () => void,
  spacing?: Spacing,
): LogWatch => {
  let isTold = false;
  let isStale = false;
  let events = 0;
  const send = spaced(spacing, () => {
    const reasons = events;
    events = 0;
    isStale = false;
    tell();
    return reasons;
  });
  const moved = (): void => {
    isStale = isTold;
    if (isTold) return;
    isTold = true;
    send.soon();
  };
  return {
    hurry: send.now,
    seen: () => {
      isTold = false;
      // What came while the message was on its way may not have been there when the log was read.
      if (isStale) moved();
    },
    reset: () => {
      [isTold, isStale] = [false, false];
    },
    run: async (signal) => {
      const after = await log.lastPosition();
      for await (const batch of log.subscribe({ after, signal })) {
        events += batch.events.length;
        if (batch.events.length > 0) moved();
      }
    },
  };
};

type Sending = {
  /** Sends once it is time; not twice before that. */
  readonly soon: () => void;
  /** Sends what waits for its time. */
  readonly now: () => void;
};

/** `send` answers how many events it was about. */
const spaced = (spacing: Spacing | undefined, send: () => number): Sending => {
  if (spacing === undefined) return { soon: () => void send(), now: () => undefined };
  const { clock, ms } = spacing;
  let last = { at: -Infinity, events: 0 };
  let cancel: (() => void) | undefined;
  const sendNow = (): void => {
    cancel = undefined;
    const events = send();
    last = { at: clock.now(), events };
  };
  return {
    soon: () => {
      if (cancel !== undefined) return;
      const early = last.at + ms(last.events) - clock.now();
      if (early <= 0) sendNow();
      else cancel = clock.schedule(early, sendNow);
    },
    now: () => {
      if (cancel === undefined) return;
      cancel();
      sendNow();
    },
  };
};
