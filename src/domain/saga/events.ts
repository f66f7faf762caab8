// These schemas are the storage format. A field added needs a default and a new minor version; any other
// change needs a new major version and an upcaster. Golden files in test/golden hold every stored form.
import { z } from 'zod';
import { parserOf } from '../aggregate.ts';
import type { EventOf } from '../aggregate.ts';
import { name, stepAction, transport } from '../names.ts';
import { keyId, sealed } from '../sealed.ts';

const time = z.int().nonnegative();
const attempt = z.int().positive();
const iteration = z.int().nonnegative();
const reason = z.string().max(1000);
/** What a run is pinned to; type and initiator stand here so that the run's own stream says them. */
const definitionRef = z.strictObject({
  version: z.int().positive(),
  hash: z.string(),
  type: z.enum(['sequential', 'simultaneous', 'graph']),
  initiator: name,
});
/** Who held the task when the outcome came, and since when; null when nobody is known to have claimed it. */
const claim = z.strictObject({ by: z.string(), at: time }).nullable();
const onStep = { step: name, action: stepAction };
/** `retry`: the end of a back-off; `schedule`: until when a task may stay unclaimed. */
const onTimer = { ...onStep, kind: z.enum(['retry', 'schedule']), attempt };
/** Why the step stands still from here on: since when, until when (null: open), and what ends it by itself. */
const waiting = <Reason extends string>(why: Reason) => ({
  reason: z.literal(why),
  since: time,
  until: time.nullable(),
  next: z.enum(['answer', 'registration', 'retry', 'operator']),
});

export const sagaEvents = {
  SagaStarted: z.strictObject({
    orchName: name,
    definition: definitionRef.nullable(),
    keyId,
    input: sealed.nullable(),
  }),
  SagaWaiting: z.strictObject({ orchName: name, ...waiting('definition-missing') }),
  SagaDefinitionPinned: z.strictObject({ definition: definitionRef }),
  StepWaiting: z.strictObject({ orchName: name, ...onStep, ...waiting('worker-missing') }),
  StepHealed: z.strictObject({ orchName: name, ...onStep, service: name }),
  StepDispatched: z.strictObject({
    ...onStep,
    attempt,
    iteration,
    transport,
    /** Earlier results this step gets, as revisions of this stream: referred to, never copied. */
    inputs: z.array(z.strictObject({ step: name, revision: z.int().nonnegative() })),
    ...waiting('with-worker'),
  }),
  StepSucceeded: z.strictObject({ ...onStep, attempt, result: sealed.nullable(), claim }),
  StepFailed: z.strictObject({
    ...onStep,
    attempt,
    cause: z.enum(['answer', 'no-worker']),
    retryable: z.boolean(),
    code: z.string().max(80).nullable(),
    error: sealed.nullable(),
    claim,
  }),
  StepTimedOut: z.strictObject({ ...onStep, attempt, kind: z.enum(['run', 'schedule']), claim }),
  StepLapsed: z.strictObject({ ...onStep, attempt, claim }),
  /** Nobody had taken it, and nobody was left who could. */
  StepTakenBack: z.strictObject({ ...onStep, attempt }),
  StepRetryScheduled: z.strictObject({ ...onStep, attempt, ...waiting('retry-backoff') }),
  StepBlocked: z.strictObject({ ...onStep, ...waiting('undo-blocked') }),
  StepRetryRequested: z.strictObject({ ...onStep, iteration, reason: reason.nullable() }),
  StepSkipped: z.strictObject({ ...onStep, reason }),
  StepMarkedDone: z.strictObject({ ...onStep, reason }),
  TimerRescheduled: z.strictObject({ ...onTimer, from: time, until: time, reason }),
  /** A back-off ends, or a deadline is due, at this time instead of when it was due. */
  TimerFired: z.strictObject({ ...onTimer, due: time, at: time, reason }),
  /** Without its retry the step waits for a person from here on. */
  TimerCancelled: z.strictObject({ ...onTimer, due: time, since: time, reason }),
  SagaPaused: z.strictObject({
    timers: z.enum(['keep-due', 'keep-remaining']),
    since: time,
    reason: reason.nullable(),
  }),
  SagaResumed: z.strictObject({
    timers: z.array(z.strictObject({ ...onStep, until: time })),
    reason: reason.nullable(),
  }),
  SagaCancelRequested: z.strictObject({ undo: z.boolean(), reason: reason.nullable() }),
  UndoStarted: z.strictObject({
    cause: z.enum(['failure', 'manual', 'cancel']),
    /** The failed step, where a failure was the cause. */
    failed: name.nullable(),
    /** What will be undone, in the order in which it may start. */
    steps: z.array(name),
    reason: reason.nullable(),
  }),
  SagaCompleted: z.strictObject({}),
  SagaFailed: z.strictObject({ failed: name }),
  SagaUndone: z.strictObject({}),
  SagaUndoFailed: z.strictObject({ steps: z.array(name).nonempty() }),
  SagaCancelled: z.strictObject({}),
} as const;

export type SagaEvent = EventOf<typeof sagaEvents>;

export type StepEvent = Extract<SagaEvent, { data: { step: string } }>;
export const isOnStep = (event: SagaEvent): event is StepEvent => 'step' in event.data;

/** What somebody did with a timer. */
export type TimerEvent = Extract<SagaEvent, { type: `Timer${string}` }>;
export const isOnTimer = (event: SagaEvent): event is TimerEvent => event.type.startsWith('Timer');

/** Minor or major version per type, as stored in `metadata.schemaVersion`. All are at their first form. */
export const sagaSchemaVersion = '1.0';

/** Any stored form of them as the current one. */
export const parseSagaEvent = parserOf(sagaEvents, sagaSchemaVersion);
