import type { EventStore, Position } from '../event-store/port.ts';
import type { Slot } from '../read-store/port.ts';

/** What was done to a document: `changed` holds the names of its members that differ. */
export type Difference =
  | { readonly id: string; readonly kind: 'changed'; readonly fields: readonly string[] }
  | { readonly id: string; readonly kind: 'only-live' | 'only-rebuilt' };

/** Two generations of a read model, each document compared while both had folded exactly the same events. */
export type Comparison = {
  readonly isEqual: boolean;
  /** Ids found in either generation, those of deleted documents included. */
  readonly documents: number;
  readonly differing: number;
  /** The first 100 by id. */
  readonly differences: readonly Difference[];
  /** Digests over all documents, whatever their order: equal contents, equal digests. */
  readonly digests: { readonly live: string; readonly rebuilt: string };
  /** Where both stood when the comparison ended. */
  readonly position: Position;
};

export type JobKind = 'fill' | 'rebuild' | 'verify' | 'rollback' | 'refold';

export type JobResult =
  | { readonly kind: 'switched'; readonly comparison: Comparison | null }
  /** The rebuilt generation differs and nobody accepted that: it was dropped, the live one stays. */
  | { readonly kind: 'kept'; readonly comparison: Comparison }
  | { readonly kind: 'verified'; readonly comparison: Comparison }
  | { readonly kind: 'refolded'; readonly documents: number; readonly blocked: number };

/** Long work on one projection. It does not survive its thread: what it had filled is dropped. */
export type Job = {
  readonly kind: JobKind;
  readonly phase: 'waiting' | 'folding' | 'indexing' | 'comparing' | 'done';
  /** The generation that is being made or checked. */
  readonly generation: number | null;
  readonly position: Position;
  /** Events read so far, and how many of them in a second. */
  readonly events: number;
  readonly eventsPerSecond: number;
  readonly result: JobResult | null;
};

/** A projection as its engine sees it. */
export type ProjectionState = {
  readonly name: string;
  /** `outdated`: served as an earlier version of its program left it, until the new one is filled. */
  readonly state: 'live' | 'filling' | 'outdated';
  readonly generation: number | null;
  /** Every event up to here is in it; null while nothing is served yet. */
  readonly position: Position | null;
  /** Over the last ten seconds. */
  readonly eventsPerSecond: number;
  /** Documents that wait for a program that can fold their next event. */
  readonly blocked: number;
  /** Their ids, 100 at most; a projector of an earlier version, in another process, does not say. */
  readonly blockedIds?: readonly string[];
  readonly job: Job | null;
};

export type RefusalCode =
  | 'unknown_projection'
  | 'unknown_document'
  | 'document_not_blocked'
  | 'projection_busy'
  | 'no_previous_generation'
  | 'projector_unavailable';
export type Refusal = { readonly kind: 'refused'; readonly code: RefusalCode; readonly detail: string };

export type Unblocked =
  | { readonly kind: 'unblocked' }
  | { readonly kind: 'still-blocked'; readonly reason: string; readonly type: string };

/** One projection has moved to a position. */
export type Move = {
  readonly name: string;
  readonly position: Position;
  /** Documents that may have changed; null for too many to name, or all of them. */
  readonly ids: readonly string[] | null;
};

/** What operators ask for. `rebuild` and `verify` answer at once: how they go on is in the projection's `job`. */
export type ProjectorRequests = {
  /** Fills a new generation beside the live one, compares, and switches where equal or where changes are accepted. */
  readonly rebuild: (
    name: string,
    options: { readonly acceptChanges: boolean },
  ) => Promise<{ readonly kind: 'started'; readonly job: Job } | Refusal>;
  /** Folds the whole log again beside the live generation and says what differs; nothing is switched. */
  readonly verify: (name: string) => Promise<{ readonly kind: 'started'; readonly job: Job } | Refusal>;
  /** Brings the generation before the live one up to date and switches back to it. */
  readonly rollback: (
    name: string,
  ) => Promise<{ readonly kind: 'rolled-back'; readonly generation: number } | Refusal>;
  /** Folds a blocked document's parked events again. */
  readonly unblock: (name: string, id: string) => Promise<Unblocked | Refusal>;
};

/** The log as projections read it. */
export type ProjectorLog = Pick<EventStore, 'readAll' | 'lastPosition'>;

/**
 * Another thread that takes a share of a fill: generations that nobody else writes to meanwhile, each of which it folds
 * from its stored checkpoint to the end of the log as that then is. One share at a time.
 */
export type ShareFolder = {
  /** Of fewer events it costs more than it saves. */
  readonly least: number;
  readonly begin: (slots: readonly Slot[]) => Promise<void>;
  /** How far it is. @throws what has ended it before its time. */
  readonly state: () => Promise<ShareState>;
};
export type ShareState = { readonly position: Position; readonly isDone: boolean };

export type ProjectorEngine = ProjectorRequests & {
  /** Folds what is in the log, then what comes, until the signal aborts. @throws what the stores throw. */
  readonly run: (signal: AbortSignal) => Promise<void>;
  /** Tells it that the log may have grown; cheap, any number of times. */
  readonly logMoved: () => void;
  readonly states: () => readonly ProjectionState[];
};

export type ProjectionStatus = ProjectionState & {
  readonly lag: {
    readonly events: number;
    /** How long the first event that is missing has been in the log; 0 where none is. */
    readonly seconds: number;
  };
  /** Of the running job; null without one, or while there is nothing to estimate it from. */
  readonly secondsLeft: number | null;
};

export type ProjectorStatus = {
  /** `restarting`: the projector ended unexpectedly; queries go on with what there is. */
  readonly projector: 'running' | 'restarting' | 'closed';
  /** Unexpected ends so far. */
  readonly restarts: number;
  readonly position: Position;
  readonly projections: readonly ProjectionStatus[];
};

/** Keeps the read models up with the log, off the hot path. */
export type Projector = ProjectorRequests & {
  readonly status: () => Promise<ProjectorStatus>;
  /** True once the projection has folded everything up to `position`; false when the signal aborts first. */
  readonly reached: (name: string, position: Position, signal: AbortSignal) => Promise<boolean>;
  /** Calls `listener` after every batch of a projection, in log order; the result ends that. It must not throw. */
  readonly onChange: (name: string, listener: (move: Move) => void) => () => void;
  readonly close: () => Promise<void>;
};
