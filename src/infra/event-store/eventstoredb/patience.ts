import { pause } from '../../clock/port.ts';
import type { Clock } from '../../clock/port.ts';
import { LogDamaged, StoreClosed, StoreUnavailable } from '../errors.ts';
import type { Position } from '../port.ts';
import { failureOf } from './failures.ts';

/**
 * How long a read waits for a server that is away, before it says so. A command reads and then writes, for up to five
 * seconds: together that must stay below the ten within which each call is answered.
 */
export const READ_PATIENCE_MS = 4000;
const PAUSE_MS = 100;

export type Waiting = { readonly clock: Clock; readonly ended: () => Error | undefined };

/**
 * Repeats a read that may be repeated until it succeeds. `attempt` is told how many milliseconds are left.
 *
 * @throws StoreUnavailable after four seconds or `patienceMs`, StoreClosed, and at once what repeating cannot mend
 */
export const patiently = async <Value>(
  { clock, ended }: Waiting,
  attempt: (leftMs: number) => Promise<Value>,
  patienceMs = READ_PATIENCE_MS,
): Promise<Value> => {
  const giveUpAt = clock.now() + patienceMs;
  for (;;) {
    const reason = ended();
    if (reason !== undefined) throw reason;
    try {
      return await attempt(Math.max(1, giveUpAt - clock.now()));
    } catch (error) {
      if (isFinal(error)) throw error;
      if (clock.now() + PAUSE_MS >= giveUpAt || failureOf(error) === 'denied') throw unavailable(error);
    }
    await pause(clock, PAUSE_MS);
  }
};

const isFinal = (error: unknown): boolean =>
  error instanceof LogDamaged || error instanceof RangeError || error instanceof StoreClosed;

const unavailable = (cause: unknown): StoreUnavailable => {
  if (cause instanceof StoreUnavailable) return cause;
  const detail = cause instanceof Error ? cause.message : String(cause);
  return new StoreUnavailable(`the event store cannot be reached: ${detail}`, { cause });
};

/** The one way in which one event makes all behind it unreachable. */
export const tooLargeOr = (error: unknown, near: Position | undefined): unknown =>
  failureOf(error) === 'event_too_large'
    ? new LogDamaged('unknown', -1, `an event near ${near ?? 'the end'} is larger than this product writes`)
    : error;
