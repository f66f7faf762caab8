// These schemas are the storage format. A field added needs a default and a new minor version; any other
// change needs a new major version and an upcaster. Golden files in test/golden hold every stored form.
import { z } from 'zod';
import { parserOf } from '../aggregate.ts';
import type { EventOf } from '../aggregate.ts';

const count = z.int().nonnegative();
const position = z.string().regex(/^\d{40}$/);
const time = z.iso.datetime({ precision: 3 });
const reason = z.string().max(1000).nullable();
const eventTypes = z.array(z.string().min(1).max(80)).max(50).readonly();

/** Which events: those that meet every condition. An empty list and null set none. */
const replayFilter = z.strictObject({
  /** Recorded from the first time on, and before the second one. */
  from: time.nullable(),
  to: time.nullable(),
  types: eventTypes,
  excludeTypes: eventTypes,
  categories: z.array(z.string().min(1).max(40)).max(50).readonly(),
  stream: z.string().min(1).max(200).nullable(),
  correlationId: z.string().min(1).max(200).nullable(),
  /** Events of one run. */
  flowId: z.uuid().nullable(),
});
export type ReplayFilter = Readonly<z.output<typeof replayFilter>>;

/** Where they go. `sink`: nowhere, they are only kept in memory to be looked at. */
const replayTarget = z.discriminatedUnion('kind', [
  /** `<namespace>.replay.<name>`. */
  z.strictObject({ kind: z.literal('topic'), name: z.string().min(1).max(120) }),
  z.strictObject({ kind: z.literal('file'), name: z.string().min(1).max(120) }),
  z.strictObject({ kind: z.literal('callback'), url: z.string().min(1).max(2000) }),
  z.strictObject({ kind: z.literal('sink') }),
]);

/** An event that did not arrive. */
export const replayProblem = z.strictObject({
  eventId: z.string().max(100),
  stream: z.string().max(200),
  position,
  code: z.string().min(1).max(80),
  detail: z.string().max(500),
});
export type ReplayProblem = Readonly<z.output<typeof replayProblem>>;

/** How many events' problems one session keeps: the first ones say enough. */
export const MOST_PROBLEMS = 100;

/** How far a session is: counts from its beginning. */
const replayProgress = z.strictObject({
  /** Everything up to here was dealt with. */
  position,
  replayed: count,
  /** Given up after several tries. */
  failed: count,
  /** Not taken as they are: trying again is no use. */
  skipped: count,
  /** Of a file: how long it is, durably. */
  bytes: count.nullable(),
  /** Since the progress before. */
  problems: z.array(replayProblem).max(MOST_PROBLEMS).readonly(),
});
export type ReplayProgress = Readonly<z.output<typeof replayProgress>>;

/**
 * Why a session that runs stands still. `turn`: as many as may be are worked on; `gap`: the next event is not due before
 * `until`; `trouble`: what it needs does not answer (`code` says how), it is tried again and again.
 */
export const replayWait = z.strictObject({
  reason: z.enum(['turn', 'gap', 'trouble']),
  until: time.nullable(),
  code: z.string().min(1).max(80).nullable(),
});
export type ReplayWait = Readonly<z.output<typeof replayWait>>;

/** Stream `replay-<uuid>`: one session that gives recorded events once more to somebody outside. */
export const replayEvents = {
  ReplayCreated: z.strictObject({
    filter: replayFilter,
    target: replayTarget,
    /** Gaps between events divided by it; null: none are kept. */
    speed: z.number().min(0.1).max(100).nullable(),
    maxEvents: z.int().positive().nullable(),
    /** `opened`: in the clear, as far as their keys still exist. */
    payloads: z.enum(['sealed', 'opened']),
    /** False: the first event that does not arrive ends the session. */
    skipErrors: z.boolean(),
  }),
  /** Up to where the log is replayed: its end as it was then. */
  ReplayStarted: z.strictObject({ upTo: position }),
  ReplayCounted: z.strictObject({ total: count }),
  ReplayProgressed: replayProgress,
  /** Until the next event of the session. */
  ReplayWaiting: replayWait,
  ReplayPaused: z.strictObject({ reason }),
  ReplayResumed: z.strictObject({ reason }),
  ReplayCancelled: z.strictObject({ reason }),
  ReplayCompleted: z.strictObject({}),
  ReplayFailed: z.strictObject({ code: z.string().min(1).max(80), detail: z.string().max(500) }),
} as const;

export type ReplayEvent = EventOf<typeof replayEvents>;

export const replaySchemaVersion = '1.0';

export const parseReplayEvent = parserOf(replayEvents, replaySchemaVersion);
