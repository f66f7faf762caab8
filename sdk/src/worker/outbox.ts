import { nextTick } from 'node:process';
import type { AnswerOutcome } from '../generated/shapes.ts';
import { SkaldProblem } from '../http/problem.ts';
import { isPassing } from '../http/retry.ts';
import { jittered, pause } from '../system.ts';
import type { Backoff } from '../system.ts';
import type { Answer } from './answer.ts';
import { batchesOf } from './batches.ts';

export type OutboxDeps = {
  readonly send: (answers: readonly Answer[]) => Promise<readonly AnswerOutcome[]>;
  /** An answer was refused, or came too late. */
  readonly onTrouble: (error: unknown) => void;
  /** Gives up what is not sent yet. */
  readonly signal: AbortSignal;
};

type Waiting = { readonly answer: Answer; readonly done: () => void; failures: number };

const BACKOFF: Backoff = { leastMs: 50, mostMs: 1000 };

/**
 * Answers on their way. Those of one turn travel together; each is sent until Skald has said what became of it: sent
 * twice, it counts once.
 */
export const createOutbox = (deps: OutboxDeps) => {
  let waiting: Waiting[] = [];
  const flush = (): void => {
    const batches = batchesOf(waiting.map((item) => ({ item, bytes: bytesOf(item.answer) })));
    waiting = [];
    for (const batch of batches) void deliver(deps, batch, again);
  };
  const again = (some: readonly Waiting[]): void => {
    if (waiting.length === 0) nextTick(flush);
    waiting.push(...some);
  };
  /** Resolves when the answer need not be sent again; never rejects. */
  return (answer: Answer): Promise<void> =>
    new Promise((done) => {
      again([{ answer, done, failures: 0 }]);
    });
};

/** Names and numbers, and what varies: errors with each character as an escape at worst. */
const bytesOf = ({ payload = '', metadata: { error = '' } }: Answer): number =>
  800 + payload.length + 6 * error.length;

const deliver = async (
  deps: OutboxDeps,
  batch: readonly Waiting[],
  again: (some: readonly Waiting[]) => void,
): Promise<void> => {
  if (deps.signal.aborted) {
    finish(batch);
    return;
  }
  const outcomes = await deps.send(batch.map(({ answer }) => answer)).catch((error: unknown) => error);
  if (Array.isArray(outcomes)) return settle(deps, batch, outcomes, again);
  if (isRefusal(outcomes) && batch.length > 1) {
    // One that is refused must not take the others with it.
    for (const one of batch) void deliver(deps, [one], again);
    return;
  }
  if (isRefusal(outcomes)) {
    deps.onTrouble(outcomes);
    finish(batch);
    return;
  }
  await retry(deps, batch, again);
};

const isRefusal = (error: unknown): boolean => error instanceof SkaldProblem && !isPassing(error, 'command');

const finish = (batch: readonly Waiting[]): void => {
  for (const { done } of batch) done();
};

const settle = async (
  deps: OutboxDeps,
  batch: readonly Waiting[],
  outcomes: readonly (AnswerOutcome | undefined)[],
  again: (some: readonly Waiting[]) => void,
): Promise<void> => {
  const unavailable: Waiting[] = [];
  for (const [index, one] of batch.entries()) {
    const outcome = outcomes[index]?.outcome ?? 'unavailable';
    if (outcome === 'unavailable') unavailable.push(one);
    else one.done();
    if (outcome === 'late' || outcome.startsWith('unknown'))
      deps.onTrouble(new AnswerUnused(one.answer, outcome));
  }
  if (unavailable.length > 0) await retry(deps, unavailable, again);
};

const retry = async (
  { signal }: OutboxDeps,
  batch: readonly Waiting[],
  again: (some: readonly Waiting[]) => void,
): Promise<void> => {
  const failures = Math.max(...batch.map((one) => one.failures));
  for (const one of batch) one.failures += 1;
  // A signal of its own: Node 20 takes many that wait for one, while Skald is away, for a leak and warns.
  await pause(jittered(failures, BACKOFF), AbortSignal.any([signal])).catch(() => undefined);
  again(batch);
};

/** An answer had no effect: the attempt was over, or the run is gone. */
export class AnswerUnused extends Error {
  override readonly name = 'AnswerUnused';
  readonly answer: Answer;

  constructor(answer: Answer, outcome: string) {
    super(
      `the answer of ${answer.stepName} in ${answer.flowId}, attempt ${answer.attempt}, was not used: ${outcome}`,
    );
    this.answer = answer;
  }
}
