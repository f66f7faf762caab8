import type { Random } from '../../clock/port.ts';
import { LogDamaged } from '../errors.ts';
import type { Position, StoredEvent } from '../port.ts';
import type { Arrivals } from './arrivals.ts';
import { deliveredSince } from './delivered.ts';
import type { Delivered } from './delivered.ts';
import type { ReadResponse } from './driver.ts';
import { isOwn } from './own-streams.ts';
import { pause } from '../../clock/port.ts';
import { tooLargeOr } from './patience.ts';
import { laterOf } from './position.ts';
import type { AllReadDeps } from './read-all.ts';
import { believedCheckpoints, chainedEvent } from './read-all.ts';
import { checkpointIn, recordedIn } from './recorded.ts';
import type { Recorded } from './recorded.ts';
import { followRequest } from './requests.ts';
import type { Tail } from './tail.ts';

export type FollowDeps = AllReadDeps & {
  readonly tail: Tail;
  readonly random: Random;
  readonly arrivals: Arrivals;
  readonly silenceMs: number;
  readonly onTrouble: (error: unknown) => void;
};

export type Follower = {
  /** Whether the subscription is established, over the client in use. */
  readonly isLive: () => boolean;
  /** Runs until the signal aborts; it does not reject. */
  readonly run: (signal: AbortSignal) => Promise<void>;
};

const BACKOFF_MS = 100;
// Everything else waits for the events: they must come soon after the server is back.
const BACKOFF_MAX_MS = 1000;
const MISSING_PAGE = 64;

/**
 * Keeps the tail fed by one subscription over the namespace. A subscription never comes back by itself, and one that
 * ends has failed: it is opened again where it stopped, with a growing pause.
 */
export const follower = (deps: FollowDeps): Follower => {
  const { tail, link, prefix, silenceMs: idleMs } = deps;
  const delivered = deliveredSince(tail.last());
  const backoff = backoffOf(deps);
  // The client over which the server last answered; none is number 0.
  let liveOver = 0;
  let resume = tail.last();
  const onIdle = async (): Promise<boolean> => (await deps.lastPosition()) <= tail.last();
  const followOnce = async (signal: AbortSignal): Promise<void> => {
    const generation = link.generation();
    const request = followRequest(resume, [prefix]);
    for await (const response of noting(tail, resume, link.read(request, { idleMs, onIdle, signal }))) {
      liveOver = generation;
      if (response.hasCaughtUp()) backoff.reset();
      const event = recordedIn(response, prefix);
      // Checkpoints are not resumed from: servers have sent them before the events in front of them.
      if (event === undefined) continue;
      await handled(deps, delivered, event);
      // Only now, so that whatever goes wrong meanwhile is read again.
      resume = laterOf(resume, event.position);
      tail.block(undefined);
    }
    if (!signal.aborted) throw new Error('the subscription ended');
  };
  const run = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      try {
        await followOnce(signal);
      } catch (error) {
        liveOver = 0;
        const reason = tooLargeOr(error, resume);
        if (reason instanceof LogDamaged) tail.block(reason);
        deps.onTrouble(reason);
        await backoff.pause(signal);
      }
    }
    liveOver = 0;
  };
  return { isLive: () => liveOver === link.generation(), run };
};

/** The same, and how far the log was looked at with them. */
async function* noting(
  tail: Tail,
  after: Position,
  responses: AsyncGenerator<ReadResponse, void, undefined>,
): AsyncGenerator<ReadResponse, void, undefined> {
  const believed = believedCheckpoints(after);
  for await (const response of responses) {
    tail.looked(believed(checkpointIn(response)));
    yield response;
  }
}

const backoffOf = ({ clock, random }: FollowDeps) => {
  let failures = 0;
  return {
    reset: (): void => void (failures = 0),
    pause: (signal: AbortSignal): Promise<void> => {
      const cap = Math.min(BACKOFF_MAX_MS, BACKOFF_MS * 2 ** failures);
      failures += 1;
      return pause(clock, BACKOFF_MS / 2 + cap * random.next(), signal);
    },
  };
};

const handled = async (deps: FollowDeps, delivered: Delivered, event: Recorded): Promise<void> => {
  if (isOwn(event.stream)) return;
  const known = delivered.lastOf(event.stream);
  const isRepeated =
    known === undefined ? event.position <= delivered.since() : event.revision <= known.revision;
  if (isRepeated) return;
  const missing = await missingBefore(deps, delivered, event);
  const stored = await chainedEvent(deps.events, event);
  if (missing.length > 0)
    deps.onTrouble(new Error(`${missing.length} events of ${event.stream} were left out and are read again`));
  for (const each of [...missing, stored]) deliver(deps, delivered, each, event.data.length);
};

const OBJECT_BYTES = 600;

const deliver = (
  { tail, hashes, arrivals }: FollowDeps,
  delivered: Delivered,
  event: StoredEvent,
  size: number,
): void => {
  hashes.note(event);
  delivered.note(event);
  tail.push(event, 3 * size + OBJECT_BYTES);
  arrivals.note(event);
};

/** Events of its stream before this one that should have come and did not, in order. */
const missingBefore = async (
  { events }: FollowDeps,
  delivered: Delivered,
  { stream, revision }: Recorded,
): Promise<readonly StoredEvent[]> => {
  const first = delivered.lastOf(stream)?.revision;
  if (revision === 0 || first === revision - 1) return [];
  const missing: StoredEvent[] = [];
  for (let from = revision - 1; from >= 0;) {
    const page = await events.back(stream, from, MISSING_PAGE);
    const wanted = page.filter(
      (event) => event.position > delivered.since() && event.revision > (first ?? -1),
    );
    missing.unshift(...wanted.toReversed());
    if (wanted.length < page.length || page.length === 0) return missing;
    from -= page.length;
  }
  return missing;
};
