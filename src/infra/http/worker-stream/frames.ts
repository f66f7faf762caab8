import { z } from 'zod';
import { pollTasksInput, taskAnswerInput, taskHeartbeatInput } from '../../../commands/task/inputs.ts';
import { serviceName } from '../../../domain/names.ts';
import { frameOf } from '../../session/frame-of.ts';
import type { Grammar } from '../../session/message-guard.ts';
import { authFrame, frameErrors, frameId } from '../../session/port.ts';
import type { Frame } from '../../session/port.ts';
import { answerOutcome, heartbeatOutcome, workerTask } from '../routes/schemas.ts';

/** Tasks a worker may have asked for and not been sent yet. */
export const MOST_CREDIT = 1000;
const MOST_IN_FRAME = 500;
export const MOST_TASKS_IN_FRAME = 100;

const id = frameId.optional();
const clientFrame = z.discriminatedUnion('type', [
  authFrame,
  z.strictObject({
    type: z.literal('hello'),
    service: serviceName,
    steps: pollTasksInput.shape.steps,
    credit: z.int().min(0).max(MOST_CREDIT),
  }),
  // Compiled: nearly all frames that come are one of these two.
  z.compile(z.strictObject({ type: z.literal('credit'), credit: z.int().min(1).max(MOST_CREDIT) })),
  z.compile(
    z.strictObject({
      type: z.literal('answers'),
      id,
      answers: z.array(taskAnswerInput).min(1).max(MOST_IN_FRAME),
    }),
  ),
  z.strictObject({
    type: z.literal('heartbeats'),
    id,
    beats: z.array(taskHeartbeatInput).min(1).max(MOST_IN_FRAME),
  }),
  z.strictObject({ type: z.literal('drain') }),
]);
/** What a worker may send. */
export type ClientFrame = z.output<typeof clientFrame>;
export type Hello = Extract<ClientFrame, { type: 'hello' }>;

const CALLS = new Set(['answers', 'heartbeats']);

export const WORKER_GRAMMAR: Grammar<ClientFrame> = {
  schema: clientFrame,
  types: 'auth, hello, credit, answers, heartbeats or drain',
  // A worker that does one short task at a time sends thousands of frames a second.
  perSecond: 20_000,
  mostBytes: 1024 * 1024,
  named: CALLS,
  answered: CALLS,
};

const tasksFrame = z.strictObject({
  type: z.literal('tasks'),
  tasks: z.array(workerTask).min(1).max(MOST_TASKS_IN_FRAME),
});
const otherFrame = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('authenticated') }),
  z.strictObject({ type: z.literal('reauth'), withinSeconds: z.int() }),
  z.strictObject({ type: z.literal('heartbeat') }),
  z.strictObject({ type: z.literal('welcome'), leaseMs: z.int(), service: z.string() }),
  z.strictObject({ type: z.literal('answered'), id, answers: z.array(answerOutcome) }),
  z.strictObject({ type: z.literal('heard'), id, beats: z.array(heartbeatOutcome).readonly() }),
  z.strictObject({ type: z.literal('drained') }),
  z.strictObject({ type: z.literal('draining') }),
  z.strictObject({
    type: z.literal('error'),
    id,
    code: z.string(),
    detail: z.string(),
    errors: frameErrors.optional(),
  }),
]);

/** What a worker gets. */
export const serverFrame = z.discriminatedUnion('type', [tasksFrame, ...otherFrame.options]);
export type ServerFrame = z.output<typeof serverFrame>;

/** A frame as an outlet takes it; tasks have an encoder of their own. */
export const framed = (frame: z.output<typeof otherFrame>): Frame => frameOf(frame);

/** The same for what is sent most often. */
export const answered = (answers: readonly z.output<typeof answerOutcome>[]): Frame => ({
  type: 'answered',
  members: `"answers":${JSON.stringify(answers)}`,
});
