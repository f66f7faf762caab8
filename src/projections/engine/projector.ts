import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../../infra/clock/port.ts';
import type { Job, Move, ProjectionState, ProjectorEngine, ShareFolder } from '../../infra/projector/port.ts';
import type { StoredDocument } from '../../infra/read-store/port.ts';
import type { Projection } from '../projection.ts';
import type { Context } from './context.ts';
import type { Stores } from './feed.ts';
import { feed } from './feed.ts';
import { jobQueue } from './jobs.ts';
import { markedLog } from './log-mark.ts';
import type { Jobs } from './jobs.ts';
import { rateOf } from './rate.ts';
import { requestsTo } from './requests.ts';
import { createSignal } from './signal.ts';
import { takeUp } from './take-up.ts';

export type ProjectorDeps = Stores & {
  readonly clock: Pick<Clock, 'now'>;
  readonly projections: readonly Projection[];
  /** After every batch, for the generations that queries see; it must not throw. */
  readonly onMoved: (moves: readonly Move[]) => void;
  readonly shareFolder?: ShareFolder;
};

// An operator mends them one by one.
const MOST_NAMED = 100;
// More ids than this are not worth sending: whoever follows looks at the whole read model again.
const MOST_IDS = 1000;

/**
 * Folds the log into read models. All projections share one pass over the log; long work (filling, rebuilding)
 * takes turns with it, a batch each. Only one engine may write to a read store at a time.
 */
export const createProjector = (deps: ProjectorDeps): ProjectorEngine => {
  const signal = createSignal();
  const jobs = jobQueue(deps.clock, signal.raise);
  const log = markedLog(deps.log);
  const context: Context = { ...deps, log, live: new Map(), shadows: new Set(), rate: rateOf(deps.clock) };
  const served = new Map<string, number>();
  return {
    ...requestsTo(context, jobs, deps.projections),
    logMoved: signal.raise,
    states: () => deps.projections.map((projection) => stateOf(projection, { context, jobs, served })),
    run: async (abort) => {
      await takeUp(context, jobs, deps.projections, served);
      while (!abort.aborted) {
        const isAtEnd = await feedLive(context);
        const hasWorked = await jobs.step();
        // The stores may answer without leaving the thread: let messages and aborts in.
        await turn();
        // What came meanwhile is told of, and goes together with what follows it.
        if (isAtEnd && !hasWorked) await signal.wait(abort);
      }
    },
  };
};

/** Whether the end of the log has been reached. */
const feedLive = async (context: Context): Promise<boolean> => {
  const { moved, events, isEnd } = await feed(context, [...context.live.values(), ...context.shadows]);
  context.rate.add(events);
  const moves = moved
    .filter(({ follower }) => context.live.get(follower.slot.name) === follower)
    .map(({ follower, changed }) => moveOf(follower.slot.name, follower.checkpoint, changed));
  if (moves.length > 0) context.onMoved(moves);
  return isEnd;
};

const moveOf = (name: string, position: string, changed: readonly StoredDocument[]): Move => ({
  name,
  position,
  ids: changed.length > MOST_IDS ? null : idsOf(changed),
});

/** Each once: where history is kept, a document may have changed several times. */
const idsOf = (changed: readonly StoredDocument[]): readonly string[] => [
  ...new Set(changed.map(({ id }) => id)),
];

type Parts = {
  readonly context: Context;
  readonly jobs: Jobs;
  /** Generations of other versions that are served until theirs is filled. */
  readonly served: ReadonlyMap<string, number>;
};

const stateOf = (projection: Projection, parts: Parts): ProjectionState => {
  const { name } = projection.spec;
  const job = parts.jobs.of(name);
  const live = parts.context.live.get(name);
  if (live === undefined) return notLive(name, parts.served.get(name) ?? null, job);
  return {
    name,
    state: 'live',
    generation: live.slot.generation,
    position: live.checkpoint,
    eventsPerSecond: Math.round(parts.context.rate.perSecond()),
    blocked: live.blocked.size,
    blockedIds: [...live.blocked].slice(0, MOST_NAMED),
    job,
  };
};

const notLive = (name: string, generation: number | null, job: Job | null): ProjectionState => ({
  name,
  state: generation === null ? 'filling' : 'outdated',
  generation,
  position: null,
  eventsPerSecond: 0,
  blocked: 0,
  blockedIds: [],
  job,
});
