import { Agent } from 'node:http';
import { Agent as SecureAgent } from 'node:https';
import { REPLAY_HEADER, REPLAY_POSITION_HEADER, replayedBody } from '../../domain/replayed.ts';
import type { ReplayedEvent } from '../../domain/replayed.ts';
import { pause } from '../clock/port.ts';
import type { Clock } from '../clock/port.ts';
import type { Delivery, ReplayTarget } from '../replay/port.ts';
import { guardedLookup } from './allowed-hosts.ts';
import { askedMs, post } from './post.ts';
import type { Posted } from './post.ts';

export type ReplayCallbackOptions = {
  readonly sessionId: string;
  /** One that the settings allow. */
  readonly url: URL;
  /** CloudEvents source of the events. */
  readonly source: string;
  /** CloudEvents type of an event. */
  readonly typeOf: (event: ReplayedEvent) => string;
  readonly clock: Clock;
  /** For one answer, in milliseconds. */
  readonly timeoutMs?: number;
};

const TIMEOUT_MS = 10_000;
const RETRIES = 3;
const LONGEST_PAUSE_MS = 10_000;
/** No longer than this, whatever an answer asks for. */
const LONGEST_ASKED_MS = 60_000;
/** Busy, or too slow: the same call may be taken later. */
const LATER = new Set([408, 425, 429]);

/**
 * One POST for each event, one after the other. No answer and 5xx are tried again three times, 2, 4 and 8 s later, or
 * when the answer asks for it (`Retry-After`) where that is later still; what is refused is not.
 */
export const replayCallback = (options: ReplayCallbackOptions): ReplayTarget => {
  const agent = agentFor(options.url);
  return {
    kind: 'open',
    most: 1,
    deliver: async ([event], signal) => (event === undefined ? OK : deliver(options, agent, event, signal)),
    settle: () => Promise.resolve(null),
    close: () => {
      agent.destroy();
      return Promise.resolve();
    },
  };
};

const OK = { kind: 'ok' } as const;

const agentFor = ({ protocol }: URL): Agent => {
  const options = { keepAlive: true, maxSockets: 1 };
  return protocol === 'https:' ? new SecureAgent(options) : new Agent(options);
};

const deliver = async (
  options: ReplayCallbackOptions,
  agent: Agent,
  event: ReplayedEvent,
  signal: AbortSignal,
): Promise<Delivery> => {
  const { url, clock, timeoutMs = TIMEOUT_MS, sessionId } = options;
  const call = { url, agent, timeoutMs, signal, lookup: guardedLookup, headers: headersOf(options, event) };
  const body = JSON.stringify(replayedBody(sessionId, event));
  for (let failures = 0; ; failures += 1) {
    const posted = await post({ ...call, body });
    if (signal.aborted) return { kind: 'aborted' };
    const end = endOf(posted);
    if (end !== 'later') return end;
    if (failures === RETRIES) return { kind: 'failed', code: 'no_answer', detail: wordsOf(posted) };
    const backOffMs = Math.min(LONGEST_PAUSE_MS, 1000 * 2 ** (failures + 1));
    await pause(clock, Math.max(backOffMs, Math.min(LONGEST_ASKED_MS, askedMs(posted, clock.now()))), signal);
  }
};

const endOf = (posted: Posted): Delivery | 'later' => {
  if (posted.kind === 'unanswered')
    return posted.why === 'ADDRESS_BLOCKED'
      ? { kind: 'skipped', code: 'target_not_allowed', detail: wordsOf(posted) }
      : 'later';
  const { status } = posted;
  if (status >= 200 && status < 300) return OK;
  if (status >= 500 || LATER.has(status)) return 'later';
  return { kind: 'skipped', code: 'refused', detail: wordsOf(posted) };
};

const wordsOf = (posted: Posted): string =>
  posted.kind === 'answered'
    ? `it was answered with ${String(posted.status)}`
    : `it was not answered: ${posted.why}`;

/** Whoever takes it twice tells by `ce-id`, which is that of the original. */
const headersOf = ({ sessionId, source, typeOf }: ReplayCallbackOptions, event: ReplayedEvent) => ({
  [REPLAY_HEADER]: sessionId,
  [REPLAY_POSITION_HEADER]: event.position,
  'ce-specversion': '1.0',
  'ce-id': event.eventId,
  'ce-source': source,
  'ce-type': typeOf(event),
  'ce-time': event.metadata.recordedAt,
  'idempotency-key': event.eventId,
});
