import { z } from 'zod';
import type { TaskBackground } from '../../../commands/task/task-background.ts';
import type { WorkerTask } from '../../../commands/task/worker-task.ts';
import type { OutHeader, OutRecord } from '../../message-bus/port.ts';
import { attemptContext, traceparentText } from '../../tracing/port.ts';
import { header } from './cloud-event.ts';

/** What a worker over Kafka gets. */
export const workItem = z.strictObject({
  flowId: z.string(),
  orchName: z.string(),
  stepName: z.string(),
  action: z.enum(['DO', 'UNDO']),
  /** Base64: the run's input; in a sequential run the previous step's answer. Empty for an undo. */
  payload: z.base64(),
  metadata: z.strictObject({
    initiator: z.string(),
    worker: z.string(),
    timestamp: z.string(),
    /** To be sent back with the answer: one for an earlier attempt comes too late. */
    attempt: z.int(),
    /** The same for every attempt: the key under which the outside world is told of the effect. */
    effectId: z.string(),
    deadline: z.string(),
    /** With UNDO: when the step had succeeded, where it is known to have. */
    originalCompletedAt: z.string().optional(),
    /** Answers of the steps this one depends on; with UNDO its own. */
    results: z.record(z.string(), z.base64()).optional(),
    /** The answers were too large to be sent along. */
    resultsOmitted: z.literal(true).optional(),
  }),
});
export type WorkItem = z.infer<typeof workItem>;

type Sending = {
  readonly topic: string;
  /** Namespace: marks the record as ours when it is read back. */
  readonly origin: string;
  readonly now: number;
  readonly timeoutMs: number;
};

// With the payload and everything else a record stays below what Kafka takes unless told otherwise.
const MAX_RESULTS = 512 * 1024;

/**
 * A task as the record that its topic gets, keyed by the run. Earlier results above 512 KiB in all are left out, and it
 * says so. @param sending `now` and `timeoutMs` in milliseconds: together they are the deadline that the record names
 */
export const workItemRecord = (
  task: WorkerTask,
  background: TaskBackground,
  { topic, origin, now, timeoutMs }: Sending,
): OutRecord => {
  const timestamp = new Date(now).toISOString();
  const { flowId, orchName, stepName, action, payload, attempt, effectId } = task;
  const item: WorkItem = {
    ...{ flowId, orchName, stepName, action, payload },
    metadata: {
      ...{ initiator: background.initiator, worker: background.worker, timestamp, attempt, effectId },
      deadline: new Date(now + timeoutMs).toISOString(),
      ...completedAt(background),
      ...resultsOf(task),
    },
  };
  return {
    topic,
    key: flowId,
    value: Buffer.from(JSON.stringify(item)),
    headers: headersOf(item, background, origin),
  };
};

const completedAt = ({ originalCompletedAt }: TaskBackground) =>
  originalCompletedAt === null ? {} : { originalCompletedAt };

const resultsOf = ({ results }: WorkerTask): Pick<WorkItem['metadata'], 'results' | 'resultsOmitted'> => {
  const sizes = Object.values(results).map(({ length }) => length);
  if (sizes.length === 0) return {};
  const isLarge = sizes.reduce((sum, size) => sum + size, 0) > MAX_RESULTS;
  return isLarge ? { resultsOmitted: true } : { results: { ...results } };
};

const headersOf = (
  item: WorkItem,
  { correlationId }: TaskBackground,
  origin: string,
): readonly OutHeader[] => {
  const { flowId, orchName, stepName, action, metadata } = item;
  const { initiator, worker, timestamp, attempt, effectId } = metadata;
  const named = { flowId, step: stepName, action: action === 'DO' ? 'do' : 'undo', attempt } as const;
  const trace = traceparentText(attemptContext(correlationId, named), false);
  return [
    ...[header('flowId', flowId), header('orchName', orchName), header('stepName', stepName)],
    ...[header('action', action), header('initiator', initiator), header('worker', worker)],
    ...[header('timestamp', timestamp), header('attempt', String(attempt)), header('effectId', effectId)],
    ...[header('correlationid', correlationId), header('traceparent', trace)],
    ...[header('content-type', 'application/json'), header('skald-origin', origin)],
  ];
};
