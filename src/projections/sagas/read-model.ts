import { z } from 'zod';
import { sealed } from '../../domain/sealed.ts';
import { sagaView, waiting } from '../saga/read-model.ts';
import type { SagaDocument } from '../saga/read-model.ts';
import type { Waited } from '../saga/waited.ts';

export const SAGAS = 'sagas';

/** A run as the collection keeps it: its document, where its time went, and what lists filter and sort by. */
export type SagaRow = SagaDocument &
  Waited & {
    readonly waitingReason: string | null;
    /** Steps that wait for a worker to register. */
    readonly missing: readonly string[];
    /** The earliest due time of its timers; null without one, and while time does not run against it. */
    readonly due: string | null;
    /** The latest due time where it has several timers, else null. */
    readonly lastDue: string | null;
  };

const actionWaiting = waiting.omit({ step: true });
const actionView = sagaView.shape.steps.element.shape.do.unwrap();
const action = actionView.omit({ progress: true }).extend({
  error: sealed.nullable(),
  result: sealed.nullable(),
  waiting: actionWaiting.nullable(),
  uncertain: z.boolean(),
});

const { shape } = sagaView;
const { flowId, orchName, status, definitionVersion, type, initiator, undo, owner } = shape;
const { correlationId, startedAt, endedAt, revision, position } = shape;

export const sagaRow = z.strictObject({
  ...{ flowId, orchName, status, definitionVersion, type, initiator, waiting: waiting.nullable() },
  awaitsDefinition: actionWaiting.nullable(),
  pausedSince: z.string().nullable(),
  undoFailed: z.boolean(),
  ended: z.enum(['COMPLETED', 'FAILED', 'UNDONE', 'CANCELLED']).nullable(),
  steps: z.array(z.strictObject({ name: z.string(), do: action.nullable(), undo: action.nullable() })),
  undo: undo
    .unwrap()
    .extend({ cause: z.enum(['failure', 'manual', 'cancel']) })
    .nullable(),
  ...{ owner, correlationId, startedAt, endedAt, revision, position },
  waitedMs: z.record(z.string(), z.int()),
  countedUntil: z.string(),
  waitsFor: z.enum([...waiting.shape.reason.options, 'none', 'ended']),
  waitingReason: z.string().nullable(),
  missing: z.array(z.string()),
  due: z.string().nullable(),
  lastDue: z.string().nullable(),
}) satisfies z.ZodType<SagaRow>;

const stepSummary = z.strictObject({
  name: z.string(),
  status: actionView.shape.status.nullable(),
  /** The latest attempt of what the run is doing with the step. */
  attempt: z.int(),
  undo: actionView.shape.status.nullable(),
  startedAt: z.string().nullable(),
  endedAt: z.string().nullable(),
  durationMs: z.int().nullable(),
});

/** A run in a list. Steps that nothing happened to yet are left out. */
export const sagaSummary = z.strictObject({
  ...{ flowId, orchName, status, definitionVersion, type, initiator, waiting: waiting.nullable() },
  missing: z.array(z.string()),
  steps: z.array(stepSummary),
  ...{ owner, correlationId, startedAt, endedAt },
  /** From start to end; null while the run goes on. */
  durationMs: z.int().nullable(),
  /** Where the time went, in milliseconds by waiting reason, up to the latest event. */
  waitedMs: z.record(z.string(), z.int()),
  ...{ revision, position },
});
export type SagaSummary = z.infer<typeof sagaSummary>;

/** Something a run does by itself at a known time. */
export const timer = z.strictObject({
  /** `<flowId>/<step>/<action>`: a step has one timer at a time for each of its actions. */
  id: z.string(),
  flowId,
  orchName,
  step: z.string(),
  action: z.enum(['do', 'undo']),
  /** `retry`: the next attempt starts; `schedule`: the attempt is given up unless a worker has taken it. */
  kind: z.enum(['retry', 'schedule']),
  attempt: z.int(),
  since: z.string(),
  dueAt: z.string(),
  /** Of the run: what moves the timer names it in `If-Match`. */
  revision,
  position,
});
export type Timer = z.infer<typeof timer>;
