import { reject } from '../domain/decider.ts';
import type { Rejection } from '../domain/decider.ts';
import { pause, unlessLate } from '../infra/clock/port.ts';
import type { Clock } from '../infra/clock/port.ts';
import type { AppendResult } from '../infra/event-store/port.ts';
import type { Unavailable } from './result.ts';

export type AppendDeps = {
  readonly clock: Clock;
  /** How long an append with unknown outcome is retried, in milliseconds, the last retry included. */
  readonly appendDeadlineMs?: number;
};

const RETRY_PAUSE_MS = 50;
const APPEND_DEADLINE_MS = 5000;

/**
 * Unknown outcomes are retried with the same head and the same ids until the deadline, at which nobody waits for
 * a retry any more: it may still be under way. A log that has closed in between cannot say what became of the attempt
 * before: that stays unknown.
 */
export const appendUntilKnown = async (
  { clock, appendDeadlineMs = APPEND_DEADLINE_MS }: AppendDeps,
  append: () => Promise<AppendResult>,
): Promise<AppendResult> => {
  const giveUpAt = clock.now() + appendDeadlineMs;
  let result = await append();
  while (result.kind === 'ambiguous' && clock.now() + RETRY_PAUSE_MS < giveUpAt) {
    const unknown = result;
    await pause(clock, RETRY_PAUSE_MS);
    result = (await unlessLate(clock, Math.max(0, giveUpAt - clock.now()), append())) ?? unknown;
    if (isClosed(result)) return unknown;
  }
  return result;
};

const isClosed = (result: AppendResult): boolean => result.kind === 'refused' && result.code === 'closed';

/** What the log holds of the stream is not what it is to be appended to. Known by its name, as what reading throws. */
class StreamDamaged extends Error {
  override readonly name = 'LogDamaged';
}

/** Why nothing was written, or cannot be told, in the words of the edge. @throws where trying again is no use: damage */
export const notWritten = (
  result: Exclude<AppendResult, { kind: 'ok' | 'conflict' }>,
): Unavailable | Rejection<'too_large'> => {
  if (result.kind === 'ambiguous')
    return { kind: 'unavailable', code: 'outcome_unknown', detail: 'the event log did not answer in time' };
  if (result.code === 'storage_full')
    return { kind: 'unavailable', code: 'storage_full', detail: result.detail };
  if (result.code === 'closed') return { kind: 'unavailable', code: 'shutting_down', detail: result.detail };
  if (result.code === 'too_large') return reject('too_large', result.detail);
  throw new StreamDamaged(result.detail);
};
