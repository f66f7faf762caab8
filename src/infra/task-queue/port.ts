import type { StepAction } from '../../domain/names.ts';
import type { Soon } from '../clock/port.ts';

/** One attempt at one step, ready for a worker. `taskId` is the effect id: the same for every attempt. */
export type Task = {
  readonly taskId: string;
  /** Who may take it: see `routeOf`. */
  readonly route: string;
  readonly flowId: string;
  readonly orchName: string;
  readonly step: string;
  readonly action: StepAction;
  readonly attempt: number;
  readonly iteration: number;
  /** Longest time from the claim to the answer, in milliseconds. */
  readonly timeoutMs: number;
};

/** Times are milliseconds since the Unix epoch, on the clock of the caller. */
export type Claim = {
  readonly by: string;
  readonly at: number;
  readonly leaseUntil: number;
  readonly deadline: number;
};

export type ClaimedTask = { readonly task: Task; readonly claim: Claim };
export type OverdueTask = ClaimedTask & { readonly why: 'lease' | 'timeout' };

export type ClaimRequest = {
  readonly routes: readonly string[];
  readonly by: string;
  readonly max: number;
  readonly now: number;
  readonly leaseMs: number;
};

/** Tasks on offer and who holds them. Derived from the log: what is lost here is offered again. */
export type TaskQueue = {
  /**
   * Puts a task on offer. The same attempt again changes nothing; a higher attempt replaces a lower one
   * together with its claim; a lower one is ignored. An attempt that was claimed before a restart is held
   * by its claim, not on offer.
   */
  readonly offer: (task: Task) => Soon<void>;
  /** Takes up to `max` offered tasks, oldest first within a route, routes in turn. */
  readonly claim: (request: ClaimRequest) => Promise<readonly ClaimedTask[]>;
  /** New lease for a claimed attempt; undefined when it is no longer held (fenced, settled, released). */
  readonly extend: (held: {
    readonly taskId: string;
    readonly attempt: number;
    readonly now: number;
    readonly leaseMs: number;
  }) => Promise<Claim | undefined>;
  /**
   * Brings the end of a lease forward to `until`, where it is still the one the caller knows: nobody has extended or
   * deferred it since. True when it did.
   */
  readonly curtail: (held: {
    readonly taskId: string;
    readonly attempt: number;
    readonly leaseUntil: number;
    readonly until: number;
  }) => Promise<boolean>;
  /**
   * Puts a claimed attempt back on offer, at the front: its claimer never got it. Its route has its turn back, before
   * those whose turn came back earlier: what is released last first is claimed in the order it had.
   */
  readonly release: (taskId: string, attempt: number) => Promise<void>;
  readonly claimOf: (taskId: string, attempt: number) => Soon<Claim | undefined>;
  /** Forgets every attempt up to this one: it has an outcome. */
  readonly settle: (taskId: string, attempt: number) => Soon<void>;
  /** Takes an unclaimed task off offer; a claimed one stays with its worker. True when it was on offer. */
  readonly withdraw: (taskId: string) => Soon<boolean>;
  /**
   * Takes an attempt that nobody holds off offer for good, in one step with claims: from then on nobody can claim it,
   * offered again or not, by whichever process. True when this or an earlier call did it and the attempt is neither
   * replaced nor settled since. It outlives the caller wherever tasks outlive a process.
   */
  readonly retire: (taskId: string, attempt: number) => Promise<boolean>;
  /** Pushes lease and deadline of a claimed attempt to at least `until`. */
  readonly defer: (taskId: string, attempt: number, until: number) => Promise<void>;
  /** Claimed tasks whose deadline (`timeout`) or lease (`lease`) has passed, earliest first. */
  readonly overdue: (now: number, limit: number) => Promise<readonly OverdueTask[]>;
  /** Resolves when a task may have become claimable on one of the routes, or when the signal aborts. */
  readonly offered: (routes: readonly string[], signal: AbortSignal) => Promise<void>;
  /** Of these routes, those that have a task on offer. */
  readonly routesOnOffer: (routes: readonly string[]) => Promise<readonly string[]>;
  /** Tasks on offer and tasks held. */
  readonly counts: () => Promise<{ readonly offered: number; readonly claimed: number }>;
  readonly close: () => Promise<void>;
};

/** Tasks of one step of one orchestration share a route; any service registered for the step may claim it. */
export const routeOf = (orchName: string, step: string): string => `${orchName}/${step}`;

/** The same for steps whose work leaves over Kafka: no service claims these, the sender of work items does. */
export const kafkaRouteOf = (orchName: string, step: string): string => `kafka:${routeOf(orchName, step)}`;
