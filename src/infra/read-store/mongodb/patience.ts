import { pause } from '../../clock/port.ts';
import type { Clock, Random } from '../../clock/port.ts';
import { MongoUnavailable } from '../../mongodb/errors.ts';

const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 1000;

type Deps = { readonly clock: Clock; readonly random: Random };

/** Repeats calls, which must bear it, while MongoDB is not available, at random within growing pauses. */
export const patient =
  ({ clock, random }: Deps, closing: AbortSignal) =>
  async <Result>(call: () => Promise<Result>, patienceMs: number): Promise<Result> => {
    const untilMs = clock.now() + patienceMs;
    for (let delayMs = FIRST_DELAY_MS; ; delayMs = Math.min(2 * delayMs, LONGEST_DELAY_MS)) {
      closing.throwIfAborted();
      try {
        return await call();
      } catch (error) {
        if (!(error instanceof MongoUnavailable) || clock.now() + delayMs > untilMs) throw error;
      }
      await pause(clock, Math.ceil(random.next() * delayMs));
    }
  };
