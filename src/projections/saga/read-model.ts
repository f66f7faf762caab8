import { z } from 'zod';
import type { StepAction } from '../../domain/names.ts';
import { definition } from '../../domain/orchestration/events.ts';
import type { Sealed } from '../../domain/sealed.ts';

export const sagaStatus = z.enum([
  'WAITING',
  'IN_PROGRESS',
  'PAUSED',
  'COMPLETED',
  'FAILED',
  'UNDOING',
  'UNDONE',
  'UNDO_FAILED',
  'CANCELLED',
]);
export type SagaStatus = z.infer<typeof sagaStatus>;

/** Of a run that has not ended. */
export const OPEN_RUNS = ['WAITING', 'IN_PROGRESS', 'PAUSED', 'UNDOING', 'UNDO_FAILED'] as const;

/** By precedence: a run shows the first of its steps' reasons (docs/rules.md). */
export const waitingReason = z.enum([
  'paused',
  'undo-blocked',
  'dead-letter',
  'definition-missing',
  'worker-missing',
  'quota',
  'outbox-lag',
  'retry-backoff',
  'timer',
  'signal',
  'child',
  'with-worker',
]);
export type WaitingReason = z.infer<typeof waitingReason>;

export const waiting = z.strictObject({
  reason: waitingReason,
  step: z.string().nullable(),
  since: z.string(),
  until: z.string().nullable(),
  /** What ends the wait by itself. */
  next: z.string(),
});

const actionView = z.strictObject({
  status: z.enum([
    'WAITING',
    'DISPATCHED',
    'RETRYING',
    'SUCCEEDED',
    'FAILED',
    'UNKNOWN',
    'BLOCKED',
    'SKIPPED',
    'MARKED_DONE',
  ]),
  attempt: z.int(),
  iteration: z.int(),
  startedAt: z.string().nullable(),
  endedAt: z.string().nullable(),
  worker: z.string().nullable(),
  errorCode: z.string().nullable(),
  /** The worker's error text; null when there is none, `[erased]` once the run's key is destroyed. */
  error: z.string().nullable(),
  waiting: waiting.omit({ step: true }).nullable(),
  /** What the worker last said of a task it holds; never stored, gone with the attempt. */
  progress: z.json().nullable(),
});

/** One run as queries see it. */
export const sagaView = z.strictObject({
  flowId: z.string(),
  orchName: z.string(),
  status: sagaStatus,
  definitionVersion: z.int().nullable(),
  /** Of the definition; null until the run is pinned to one. */
  type: definition.shape.type.nullable(),
  initiator: z.string().nullable(),
  waiting: waiting.nullable(),
  steps: z.array(
    z.strictObject({
      name: z.string(),
      seq: z.int().nullable(),
      do: actionView.nullable(),
      undo: actionView.nullable(),
      /** The answer's payload in base64; null while there is none or once it is erased. */
      result: z.string().nullable(),
    }),
  ),
  /** Each step's answer payload in base64, by step name. */
  result: z.record(z.string(), z.string()),
  undo: z
    .strictObject({ cause: z.string(), steps: z.array(z.string()), reason: z.string().nullable() })
    .nullable(),
  owner: z.string().nullable(),
  correlationId: z.string(),
  startedAt: z.string(),
  endedAt: z.string().nullable(),
  revision: z.int(),
  position: z.string(),
});
export type SagaView = z.infer<typeof sagaView>;

export type RunWaiting = Readonly<z.infer<typeof waiting>>;
export type ActionWaiting = Omit<RunWaiting, 'step'>;
type ActionView = NonNullable<SagaView['steps'][number]['do']>;

/** One action of one step. What a worker sent stays sealed: the query opens it. */
export type ActionDocument = Readonly<Omit<ActionView, 'error' | 'waiting' | 'progress'>> & {
  readonly error: Sealed | null;
  readonly result: Sealed | null;
  readonly waiting: ActionWaiting | null;
  /** Some attempt may have had its effect without our knowing. */
  readonly uncertain: boolean;
};

export type StepDocument = { readonly name: string } & Readonly<Record<StepAction, ActionDocument | null>>;

/** One run as it is kept: plain data, times as RFC 3339. Holds only the steps that something happened to. */
export type SagaDocument = {
  readonly flowId: string;
  readonly orchName: string;
  readonly status: SagaStatus;
  readonly definitionVersion: number | null;
  readonly type: SagaView['type'];
  readonly initiator: string | null;
  /** The first of the run's waiting reasons by precedence; null once the run has ended. */
  readonly waiting: RunWaiting | null;
  readonly awaitsDefinition: ActionWaiting | null;
  /** Since when the run is paused. */
  readonly pausedSince: string | null;
  readonly undoFailed: boolean;
  readonly ended: 'COMPLETED' | 'FAILED' | 'UNDONE' | 'CANCELLED' | null;
  readonly steps: readonly StepDocument[];
  readonly undo: {
    readonly cause: 'failure' | 'manual' | 'cancel';
    readonly steps: readonly string[];
    readonly reason: string | null;
  } | null;
  readonly owner: string | null;
  readonly correlationId: string;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly revision: number;
  readonly position: string;
};
