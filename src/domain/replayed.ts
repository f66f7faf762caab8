/** Names the session on everything that is replayed: whoever reads it knows that it is no original. */
export const REPLAY_HEADER = 'skald-replay';
/** Where the original is in the log, as a cursor. */
export const REPLAY_POSITION_HEADER = 'skald-replay-position';

/** A recorded event on its way out once more. `position` is the cursor of the original. */
export type ReplayedEvent = {
  readonly stream: string;
  readonly revision: number;
  readonly position: string;
  readonly eventId: string;
  readonly type: string;
  readonly data: unknown;
  readonly metadata: Readonly<Record<string, unknown>> & {
    readonly correlationId: string;
    readonly causationId: string;
    readonly recordedAt: string;
    readonly schemaVersion: string;
  };
  readonly hash: string;
};

/** What stands in files, calls and records: the marker, then the event. Equal for equal events, whenever it is made. */
export const replayedBody = (sessionId: string, event: ReplayedEvent): object => ({
  skaldReplay: { sessionId, position: event.position },
  event,
});
