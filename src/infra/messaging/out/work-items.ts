import type { SagaDeps } from '../../../commands/deps.ts';
import { backgroundOf } from '../../../commands/task/task-background.ts';
import { leaveOut } from '../../../commands/task/leave-out.ts';
import { restMsAfter } from '../../../commands/task/rest-after.ts';
import { workerTask } from '../../../commands/task/worker-task.ts';
import type { EventStore } from '../../event-store/port.ts';
import type { OutRecord } from '../../message-bus/port.ts';
import type { ClaimedTask } from '../../task-queue/port.ts';
import type { KafkaSteps } from '../kafka-steps.ts';
import { pause } from '../../clock/port.ts';
import { untilDone } from '../until-done.ts';
import type { Topics } from '../topics.ts';
import { holdClaims } from './hold-claims.ts';
import { NotPublished, publishUntilKnown } from './publish.ts';
import type { PublishDeps } from './publish.ts';
import { workItemRecord } from './work-item.ts';

export type WorkItemCounts = { sent: number; refused: number; failed: number };

export const noneSent = (): WorkItemCounts => ({ sent: 0, refused: 0, failed: 0 });

export type WorkItemsDeps = PublishDeps &
  Pick<SagaDeps, 'sagas' | 'orchestrations' | 'keys' | 'queue' | 'random'> & {
    readonly store: Pick<EventStore, 'readStream'>;
    readonly steps: Pick<KafkaSteps, 'routes' | 'rerouted'>;
    readonly topics: Topics;
    readonly namespace: string;
    readonly counts: WorkItemCounts;
  };

type Sender = WorkItemsDeps & {
  /** Names of topics that this sender has seen to. */
  readonly made: Set<string>;
};

const CLAIMER = 'kafka';
const AT_ONCE = 100;
// What a process held that has died is sent again by another after this. Whoever lives extends it by a timer.
const LEASE_MS = 10_000;

/**
 * Sends tasks of steps that are worked on over Kafka until the signal aborts. A task is held from its claim to the
 * broker's acknowledgement; from there its time to answer runs.
 */
export const runWorkItems = async (deps: WorkItemsDeps, signal: AbortSignal): Promise<void> => {
  const sender = { ...deps, made: new Set<string>() };
  while (!signal.aborted)
    await untilDone({ clock: deps.clock, onTrouble: deps.onTrouble, signal }, () => sendNext(sender, signal));
};

const sendNext = async (deps: Sender, signal: AbortSignal): Promise<void> => {
  const { queue, clock, steps } = deps;
  const routes = steps.routes();
  const now = clock.now();
  const claimed =
    routes.length === 0
      ? []
      : await queue.claim({ routes, by: CLAIMER, max: AT_ONCE, now, leaseMs: LEASE_MS });
  if (claimed.length > 0) return send(deps, claimed, signal);
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  const offered = routes.length === 0 ? [] : [queue.offered(routes, either)];
  try {
    await Promise.race([...offered, steps.rerouted(routes, either)]);
  } finally {
    over.abort('over');
  }
};

type Sending = { readonly held: ClaimedTask; readonly record: OutRecord };

const send = async (deps: Sender, claimed: readonly ClaimedTask[], signal: AbortSignal): Promise<void> => {
  const letGo = holdClaims(deps, claimed, LEASE_MS);
  try {
    const made = await Promise.all(claimed.map((held) => sendingOf(deps, held, signal)));
    const sending = made.filter((one) => one !== undefined);
    await makeTopics(deps, sending);
    if (sending.length > 0) await sendAll(deps, sending, signal);
  } finally {
    letGo();
  }
};

/** A step's first task may come before anybody else has made its topic. Where that fails publishing finds out. */
const makeTopics = async (
  { bus, topicsFor, made, onTrouble }: Sender,
  sending: readonly Sending[],
): Promise<void> => {
  const wanted = topicsFor(sending.map(({ record }) => record)).filter(({ name }) => !made.has(name));
  if (wanted.length === 0) return;
  try {
    await bus.ensureTopics(wanted);
    for (const { name } of wanted) made.add(name);
  } catch (error) {
    onTrouble(error);
  }
};

/** Undefined for a task that has been overtaken, whose run is paused, or that cannot be put together now. */
const sendingOf = async (
  deps: WorkItemsDeps,
  held: ClaimedTask,
  signal: AbortSignal,
): Promise<Sending | undefined> => {
  const { task } = held;
  try {
    const forWorker = await workerTask(deps, held);
    if (forWorker === undefined) {
      await leaveOut(deps, held);
      return undefined;
    }
    const record = workItemRecord(forWorker, await backgroundOf(deps, task), {
      topic: deps.topics.work(task.orchName, task.step).name,
      origin: deps.namespace,
      now: deps.clock.now(),
      timeoutMs: task.timeoutMs,
    });
    return { held, record };
  } catch (error) {
    deps.counts.failed += 1;
    later(deps, held, error, signal);
    return undefined;
  }
};

const sendAll = async (
  deps: WorkItemsDeps,
  sending: readonly Sending[],
  signal: AbortSignal,
): Promise<void> => {
  const records = sending.map(({ record }) => record);
  const result = await publishUntilKnown(deps, records, signal);
  if (result.kind === 'ok') return acknowledged(deps, sending);
  if (result.kind === 'aborted') return releaseAll(deps, sending);
  if (sending.length > 1) {
    for (const one of sending) await sendAll(deps, [one], signal);
    return;
  }
  for (const { held, record } of sending) {
    deps.counts.refused += 1;
    later(deps, held, new NotPublished(record.topic, result), signal);
  }
};

const acknowledged = async (
  { queue, clock, counts }: WorkItemsDeps,
  sending: readonly Sending[],
): Promise<void> => {
  const now = clock.now();
  counts.sent += sending.length;
  await Promise.all(
    sending.map(({ held: { task } }) => queue.defer(task.taskId, task.attempt, now + task.timeoutMs)),
  );
};

const releaseAll = async ({ queue }: WorkItemsDeps, sending: readonly Sending[]): Promise<void> => {
  // The last one first: each goes to the front.
  for (const { held } of sending.toReversed()) await queue.release(held.task.taskId, held.task.attempt);
};

/** Puts a task back on offer after a pause. */
const later = (
  { queue, clock, onTrouble }: WorkItemsDeps,
  { task }: ClaimedTask,
  error: unknown,
  signal: AbortSignal,
): void => {
  onTrouble(error);
  void pause(clock, restMsAfter(error), signal)
    .then(() => queue.release(task.taskId, task.attempt))
    .catch(onTrouble);
};
