import type { Faults } from './faults.ts';
import type { EventLog } from './log.ts';
import type { LogPosition, LogRecord } from './log-types.ts';
import { wait } from './outgoing.ts';
import type { Outgoing } from './outgoing.ts';
import type { ReadOptions } from './read-options.ts';
import type { RecordSource } from './record-source.ts';
import { scanning } from './scanning.ts';
import { streamDeletedError } from './unary-append.ts';
import { caughtUp, checkpointAt, confirmation, fellBehind, readEvent } from './wire.ts';

export type Subscription = {
  readonly out: Outgoing;
  /** Sends nothing any more and stays open. */
  readonly silence: () => void;
  /** Tells the client that it fell behind, and that it caught up once it did. */
  readonly fallBehind: () => void;
};

type Deps = { readonly log: EventLog; readonly faults: Faults['take']; readonly scanMs: number | undefined };

/** Events as they go out, with the faults of delivery. */
const delivery = ({ faults }: Deps, out: Outgoing) => {
  let previous: LogRecord | undefined;
  let skipped: LogRecord | undefined;
  const send = async (record: LogRecord): Promise<void> => {
    const slow = faults.slowness('subscribe');
    if (slow !== undefined) await wait(slow);
    await out.send(readEvent(record));
  };
  const sendSkipped = async (): Promise<void> => {
    const late = skipped;
    skipped = undefined;
    if (late !== undefined) await send(late);
  };
  return {
    deliver: async (record: LogRecord): Promise<void> => {
      const fault = faults.redelivery(previous !== undefined);
      if (fault === 'skipped') {
        await sendSkipped();
        skipped = record;
        return;
      }
      await send(record);
      await sendSkipped();
      if (fault === 'duplicate') await send(record);
      if (fault === 'older' && previous !== undefined) await send(previous);
      previous = record;
    },
  };
};

/** Checkpoints of a filtered subscription: one per interval of looked-at records, one at going live, and lies. */
const checkpoints = ({ faults }: Deps, out: Outgoing, every: number | undefined) => {
  let lookedAt = 0;
  let first: LogPosition | undefined;
  let latest: LogPosition | undefined;
  let told: LogPosition | undefined;
  const tell = async (position: LogPosition | undefined): Promise<void> => {
    if (every === undefined || position === undefined) return;
    lookedAt = 0;
    told = position;
    await out.send(checkpointAt(position));
  };
  return {
    looked: async ({ position }: LogRecord): Promise<void> => {
      first ??= position;
      latest = position;
      lookedAt += 1;
      if (lookedAt >= (every ?? Number.POSITIVE_INFINITY)) await tell(position);
    },
    /** An event's delivery, with what is told before and after it. */
    around: async ({ position }: LogRecord, deliver: () => Promise<void>): Promise<void> => {
      const lie = every === undefined ? undefined : faults.checkpoint(first !== undefined);
      if (lie === 'early') await tell(position);
      await deliver();
      if (lie === 'repeated') await tell(told ?? first);
      if (lie === 'backwards' && first !== undefined) await out.send(checkpointAt(first));
    },
    goLive: () => (told === latest ? Promise.resolve() : tell(latest)),
  };
};

/** Follows the log for one client until the call is over: history, caught up, live. */
export const subscribe = (deps: Deps, out: Outgoing, options: ReadOptions, source: RecordSource) => {
  const looked = scanning(deps.scanMs);
  let isSilent = false;
  let isLive = false;
  let mustFallBehind = false;
  const events = delivery(deps, out);
  const progress = checkpoints(deps, out, options.checkpointEvery);

  const goLive = async (): Promise<void> => {
    await progress.goLive();
    await out.send(caughtUp());
    isLive = true;
  };
  const fall = async (): Promise<void> => {
    mustFallBehind = false;
    isLive = false;
    await out.send(fellBehind());
  };
  /** False when there is nothing to do but wait. */
  const step = async (): Promise<boolean> => {
    if (isSilent) return false;
    if (source.isTombstoned()) out.fail(streamDeletedError(options.stream ?? '$all'));
    if (mustFallBehind) await fall();
    const record = source.next();
    await looked();
    if (record === undefined) {
      if (isLive) return false;
      await goLive();
      return true;
    }
    if (options.matches(record)) await progress.around(record, () => events.deliver(record));
    await progress.looked(record);
    return true;
  };
  const follow = async (): Promise<void> => {
    const stop = deps.log.watch(out.wake);
    await out.send(confirmation(crypto.randomUUID()));
    while (out.isOpen()) {
      const hasMoved = await step();
      if (!hasMoved && out.isOpen()) await out.pause();
    }
    stop();
  };
  const subscription: Subscription = {
    out,
    silence: () => (isSilent = true),
    fallBehind: () => {
      mustFallBehind = true;
      out.wake();
    },
  };
  return { subscription, follow };
};
