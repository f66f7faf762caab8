import { PositionUnknown } from '../errors.ts';
import type { AllSlice, EventBatch, EventStore } from '../port.ts';
import { unlessAborted } from '../unless-aborted.ts';
import { toNumber, toPosition } from './position.ts';
import type { Tail } from './tail.ts';

type Options = Parameters<EventStore['subscribe']>[0];

export type Subscriptions = {
  readonly tail: Tail;
  readonly readAll: EventStore['readAll'];
  /** Number of the last event on disk: it may be ahead of the tail by what is being acknowledged. */
  readonly lastOnDisk: () => Promise<number>;
};

const BATCH = 1024;

/** History from disk, then live events from the tail; back to disk where the consumer fell behind the tail. */
export async function* subscription(
  { tail, readAll, lastOnDisk }: Subscriptions,
  { after, categories, signal }: Options,
): AsyncGenerator<EventBatch, void, undefined> {
  let number = toNumber(after);
  await assertKnown(number, { tail, lastOnDisk });
  const follower = tail.follow(categories, signal);
  try {
    for (let told = -1; !signal.aborted;) {
      assertOpen(tail);
      const step = live(tail, number, categories) ?? (await history(readAll, number, { categories, signal }));
      if (step === undefined) return;
      if (step.last > told) yield step.batch;
      told = step.last;
      number = step.batch.caughtUp ? await follower.wait(told) : told;
    }
  } finally {
    follower.leave();
  }
}

/** What to give, and the number of the last event it looked at. */
type Step = { readonly batch: EventBatch; readonly last: number };

const assertOpen = (tail: Tail): void => {
  const reason = tail.ended();
  if (reason !== undefined) throw reason;
};

const assertKnown = async (
  number: number,
  { tail, lastOnDisk }: Omit<Subscriptions, 'readAll'>,
): Promise<void> => {
  if (number <= tail.last()) return;
  const last = await lastOnDisk();
  if (number <= last) return;
  throw new PositionUnknown(`position ${String(number)} is after the log's last, ${String(last)}`);
};

const live = (tail: Tail, number: number, categories: Options['categories']): Step | undefined => {
  const seen = tail.after(number, BATCH, categories);
  if (seen === undefined) return undefined;
  const { events, last } = seen;
  return { batch: { events, position: toPosition(last), caughtUp: last >= tail.last() }, last };
};

type Scope = { readonly categories: Options['categories']; readonly signal: AbortSignal };

const history = async (
  readAll: EventStore['readAll'],
  number: number,
  { categories, signal }: Scope,
): Promise<Step | undefined> => {
  const filter = categories === undefined ? {} : { categories };
  const slice = await unlessAborted(readAll({ after: toPosition(number), max: BATCH, ...filter }), signal);
  return slice === undefined ? undefined : asStep(slice);
};

const asStep = ({ events, position, isEnd }: AllSlice): Step => ({
  batch: { events, position, caughtUp: isEnd },
  last: toNumber(position),
});
