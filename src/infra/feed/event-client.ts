import type { Position } from '../event-store/port.ts';
import type { Flow } from '../session/flow.ts';
import type { BurstOutlet, Frame } from '../session/port.ts';
import { framed } from './frames.ts';

/** What a subscription sends through, and what stops it. */
export type Tap = {
  readonly flow: Flow;
  readonly send: (frame: Frame) => void;
  readonly sendAll: (frames: readonly Frame[]) => void;
  readonly signal: AbortSignal;
};

/** Through an outlet, with the client's id of the subscription where it has one; nothing once the signal has aborted. */
export const tapOf = (flow: Flow, outlet: BurstOutlet, signal: AbortSignal, id?: string): Tap => ({
  flow,
  signal,
  send: (frame) => {
    if (!signal.aborted) outlet.send(frame, id);
  },
  sendAll: (frames) => {
    if (!signal.aborted) outlet.sendAll(frames, id);
  },
});

/** Who follows events, and how far it is. */
export type EventClient = {
  readonly signal: AbortSignal;
  readonly after: () => Position;
  /** It has got everything up to a position. */
  readonly reach: (position: Position) => void;
  /** False where it does not take the event now: it was not sent. */
  readonly offer: (frame: Frame, position: Position) => boolean;
  /** The same for many, the last of which is at `position`: all of them or none. */
  readonly offerAll: (frames: readonly Frame[], position: Position) => boolean;
  /** Tells it whether it has caught up, where that is news. */
  readonly told: (isCaughtUp: boolean) => void;
};

export const eventClient = (
  { flow, send, sendAll, signal }: Tap,
  encodeCursor: (position: Position) => string,
  start: Position,
): EventClient => {
  let after = start;
  let wasCaughtUp = false;
  return {
    signal,
    after: () => after,
    reach: (position) => {
      after = position;
    },
    offer: (frame, position) => {
      if (signal.aborted || !flow.take()) return false;
      send(frame);
      after = position;
      return true;
    },
    offerAll: (frames, position) => {
      if (signal.aborted || !flow.take(frames.length)) return false;
      sendAll(frames);
      after = position;
      return true;
    },
    told: (isCaughtUp) => {
      if (isCaughtUp === wasCaughtUp || signal.aborted) return;
      wasCaughtUp = isCaughtUp;
      send(framed({ type: isCaughtUp ? 'caughtUp' : 'lagging', cursor: encodeCursor(after) }));
    },
  };
};
