import { status } from '@grpc/grpc-js';
import { callError, notLeaderError } from './wire.ts';
import type { CallError } from './wire.ts';

/** What a call does, as faults tell calls apart; both ways of appending are `append`. */
export type CallKind = 'append' | 'read' | 'subscribe' | 'delete' | 'features' | 'gossip';

/** An armed fault: how often it struck, and its end. */
export type Armed = { readonly hits: () => number; readonly disarm: () => void };

/** Where a fault strikes (`append` unless told) and how often (once unless told). */
export type Aim = { readonly on?: CallKind; readonly times?: number };

export type Redelivery = 'duplicate' | 'older' | 'skipped';
export type CheckpointLie = 'early' | 'repeated' | 'backwards';
export type AnswerDetail = 'AccessDenied' | 'Timeout' | 'Unknown' | 'MaximumAppendSizeExceeded';

/** How an append ends where a fault takes the place of its answer. */
export type Instead =
  | { readonly kind: 'answer'; readonly detail: AnswerDetail }
  | { readonly kind: 'error'; readonly error: CallError }
  | { readonly kind: 'end' };

type ErrorFault = Aim & {
  readonly code: status;
  readonly exception?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly details?: string;
  /** The append is committed before the error is told. */
  readonly committed?: boolean;
};
type Strike<T> = { readonly value: T; readonly on: CallKind; left: number; hits: number };

const ALWAYS = Number.POSITIVE_INFINITY;

/** Faults of one kind, first armed strikes first. */
const slot = <T>() => {
  const armed: Strike<T>[] = [];
  return {
    arm: (value: T, { on = 'append', times = 1 }: Aim): Armed => {
      const strike: Strike<T> = { value, on, left: times, hits: 0 };
      armed.push(strike);
      return { hits: () => strike.hits, disarm: () => (strike.left = 0) };
    },
    take: (on: CallKind, suits: (value: T) => boolean = () => true): T | undefined => {
      const strike = armed.find((each) => each.on === on && each.left > 0 && suits(each.value));
      if (strike === undefined) return undefined;
      strike.left -= 1;
      strike.hits += 1;
      return strike.value;
    },
    clear: () => armed.forEach((strike) => (strike.left = 0)),
  };
};

const assertLoopback = (host: string): void => {
  if (!['127.0.0.1', 'localhost', '::1'].includes(host)) {
    throw new Error('a double names loopback addresses only: the client dials what it is told');
  }
};

export type Faults = ReturnType<typeof faultBoard>;

/** `arm` is for tests, `take` for the calls of the double. A taken fault counts as a hit. */
export const faultBoard = () => {
  const delays = slot<number>();
  const droppedReplies = slot<true>();
  const silences = slot<true>();
  const holds = slot<number>();
  const ends = slot<{ readonly committed: boolean }>();
  const errors = slot<{ readonly error: CallError; readonly committed: boolean }>();
  const answers = slot<{ readonly detail: AnswerDetail; readonly committed: boolean }>();
  const redeliveries = slot<Redelivery>();
  const checkpoints = slot<CheckpointLie>();
  const slowness = slot<number>();
  const all = [
    delays,
    droppedReplies,
    silences,
    holds,
    ends,
    errors,
    answers,
    redeliveries,
    checkpoints,
    slowness,
  ];

  const error = ({ code, exception, metadata, details, committed = false, ...aim }: ErrorFault): Armed => {
    const fields = { ...metadata, ...(exception === undefined ? {} : { exception }) };
    return errors.arm({ error: callError(code, details ?? exception ?? 'injected', fields), committed }, aim);
  };
  const instead = (): { readonly outcome: Instead; readonly committed: boolean } | undefined => {
    const end = ends.take('append');
    if (end !== undefined) return { outcome: { kind: 'end' }, committed: end.committed };
    const failure = errors.take('append');
    if (failure !== undefined) {
      return { outcome: { kind: 'error', error: failure.error }, committed: failure.committed };
    }
    const answer = answers.take('append');
    if (answer === undefined) return undefined;
    return { outcome: { kind: 'answer', detail: answer.detail }, committed: answer.committed };
  };
  return {
    arm: {
      /** Works on a call only after `ms`. Strikes always unless told how often. */
      delay: (ms: number, aim: Aim = {}): Armed => delays.arm(ms, { times: ALWAYS, ...aim }),
      /** Commits, then never answers. */
      dropReply: (times = 1): Armed => droppedReplies.arm(true, { times }),
      /** Does nothing and never answers. */
      silence: (times = 1, on: CallKind = 'append'): Armed => silences.arm(true, { times, on }),
      /** Commits; for `ms` nothing that is written is read or answered, and retries are dropped. */
      notReplicated: (ms: number): Armed => holds.arm(ms, {}),
      /** Ends the batch stream with OK instead of answering. */
      end: (times = 1, { committed = false } = {}): Armed => ends.arm({ committed }, { times }),
      /** Ends the call with a status; `exception` is what the server calls its error. */
      error,
      /** The server's answer of a node that is not the leader. Loopback hosts only. */
      notLeader: (host: string, port: number): Armed => {
        assertLoopback(host);
        return errors.arm({ error: notLeaderError(host, port), committed: false }, {});
      },
      /** Answers an append with this detail, the call stays open. */
      answer: (detail: AnswerDetail, { committed = false, times = 1 } = {}): Armed =>
        answers.arm({ detail, committed }, { times }),
      /** A subscription sends an event twice, an older one again, or one after its successor. */
      duplicateDelivery: (kind: Redelivery = 'duplicate', times = 1): Armed =>
        redeliveries.arm(kind, { on: 'subscribe', times }),
      /** With the next event: its checkpoint before it, or after it the last one again, or one from before. */
      staleCheckpoint: (kind: CheckpointLie, times = 1): Armed =>
        checkpoints.arm(kind, { on: 'subscribe', times }),
      /** Waits before each event of a read or subscription. Strikes always. */
      slowRead: (ms: number): Armed => slowness.arm(ms, { on: 'read', times: ALWAYS }),
      /** Discovery of features fails, with INTERNAL. */
      featuresFail: (times = 1): Armed => error({ code: status.INTERNAL, times, on: 'features' }),
      clear: (): void => all.forEach((each) => each.clear()),
    },
    take: {
      delay: (on: CallKind) => delays.take(on),
      dropReply: () => droppedReplies.take('append') ?? false,
      silence: (on: CallKind): boolean => silences.take(on) ?? false,
      notReplicated: () => holds.take('append'),
      error: (on: CallKind): CallError | undefined => errors.take(on)?.error,
      instead,
      /** Some need an event before the one at hand: they wait for it. */
      redelivery: (hasPrevious: boolean) =>
        redeliveries.take('subscribe', (kind) => kind !== 'older' || hasPrevious),
      checkpoint: (hasPrevious: boolean) =>
        checkpoints.take('subscribe', (kind) => kind === 'early' || hasPrevious),
      slowness: (on: CallKind) => slowness.take(on),
    },
  };
};
