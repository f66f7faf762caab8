import type { Leases } from '../leases/port.ts';
import type { Projector } from '../projector/port.ts';
import type { TaskQueue } from '../task-queue/port.ts';
import { counter, gauge, sample, samplesBy } from './source.ts';
import type { Family, Source } from './source.ts';

type Counts = Readonly<Record<string, number>>;
type Lag = { readonly events: number; readonly seconds: number };

const OFFERED = gauge('skald_tasks_offered', 'Tasks that wait for a worker to take them');
const CLAIMED = gauge('skald_tasks_claimed', 'Tasks that workers hold a lease of');

export const taskSource = (queue: Pick<TaskQueue, 'counts'>): Source => ({
  name: 'tasks',
  families: [OFFERED, CLAIMED],
  read: async () => {
    const { offered, claimed } = await queue.counts();
    return [sample(OFFERED, offered), sample(CLAIMED, claimed)];
  },
});

const OPEN = gauge('skald_runs_open', 'Runs that have not ended', 'status');
const WAITING = gauge('skald_runs_waiting', 'Runs that have not ended, by what they wait for', 'reason');
const LETTERS = gauge('skald_dead_letters_open', 'Dead letters that are not done with', 'state');

const REPLAYS = gauge('skald_replays_open', 'Replay sessions that have not ended', 'status');

export type Standing = {
  readonly runs: Counts;
  readonly waiting: Counts;
  readonly letters: Counts;
  readonly replays: Counts;
};

export const standingSource = (count: () => Promise<Standing>): Source => ({
  name: 'standing',
  families: [OPEN, WAITING, LETTERS, REPLAYS],
  read: async () => {
    const { runs, waiting, letters, replays } = await count();
    return [
      ...[...samplesBy(OPEN, runs), ...samplesBy(WAITING, waiting)],
      ...[...samplesBy(LETTERS, letters), ...samplesBy(REPLAYS, replays)],
    ];
  },
});

const LAG_EVENTS = gauge(
  'skald_projection_lag_events',
  'Events that a read model has yet to fold',
  'projection',
);
const LAG_SECONDS = gauge(
  'skald_projection_lag_seconds',
  'For how long the first event that a read model has yet to fold has been in the log',
  'projection',
);
const BLOCKED = gauge(
  'skald_projection_blocked_documents',
  'Documents that wait for a program',
  'projection',
);
const RESTARTS = counter('skald_projector_restarts_total', 'Unexpected ends of the projector');

export const projectionSource = ({ status }: Pick<Projector, 'status'>): Source => ({
  name: 'projections',
  families: [LAG_EVENTS, LAG_SECONDS, BLOCKED, RESTARTS],
  read: async () => {
    const { projections, restarts } = await status();
    const each = (family: Family, value: (one: (typeof projections)[number]) => number) =>
      samplesBy(family, Object.fromEntries(projections.map((one) => [one.name, value(one)])));
    return [
      ...each(LAG_EVENTS, ({ lag }) => lag.events),
      ...each(LAG_SECONDS, ({ lag }) => lag.seconds),
      ...each(BLOCKED, ({ blocked }) => blocked),
      sample(RESTARTS, restarts),
    ];
  },
});

const BRIDGE_EVENTS = gauge('skald_bridge_lag_events', 'Events in the log behind the last one published');
const BRIDGE_SECONDS = gauge(
  'skald_bridge_lag_seconds',
  'For how long the first event that has to be published has been in the log',
);

export const bridgeSource = (lagNow: () => Promise<Lag>): Source => ({
  name: 'bridge',
  families: [BRIDGE_EVENTS, BRIDGE_SECONDS],
  read: async () => {
    const { events, seconds } = await lagNow();
    return [sample(BRIDGE_EVENTS, events), sample(BRIDGE_SECONDS, seconds)];
  },
});

const CHECKPOINT_AGE = gauge(
  'skald_checkpoint_age_seconds',
  'Since the log was last signed; where it never was, since its first event',
);

/** @param ageNow in seconds; undefined where nothing has happened yet. */
export const checkpointSource = (ageNow: () => Promise<number | undefined>): Source => ({
  name: 'checkpoint',
  families: [CHECKPOINT_AGE],
  read: async () => {
    const age = await ageNow();
    return age === undefined ? [] : [sample(CHECKPOINT_AGE, age)];
  },
});

const LIST_FAILURES = counter(
  'skald_refused_list_failures_total',
  'Times that the list of refused tokens could not be used any more',
);

export const refusedListSource = (failuresNow: () => number): Source => ({
  name: 'refused-list',
  families: [LIST_FAILURES],
  read: () => [sample(LIST_FAILURES, failuresNow())],
});

const STUCK = gauge('skald_erasures_stuck', 'What was deleted and cannot be erased, since it cannot be read');

export const eraserSource = (stuckNow: () => number): Source => ({
  name: 'eraser',
  families: [STUCK],
  read: () => [sample(STUCK, stuckNow())],
});

/** What ends the name of a lease on one of many, such as a replay session. */
const ID = /-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const DUTIES = gauge('skald_duty_held', 'Duties of one process at a time that this one does', 'duty');

export const dutySource = (leases: Pick<Leases, 'held'>, holder: string): Source => ({
  name: 'duties',
  families: [DUTIES],
  read: async () => {
    const own = (await leases.held()).filter((lease) => lease.holder === holder);
    return samplesBy(DUTIES, Object.fromEntries(own.map(({ name }) => [name.replace(ID, ''), 1])));
  },
});

const TAKEN = counter(
  'skald_bus_records_taken_total',
  'Records that came in, by what became of them',
  'outcome',
);
const PUBLISHED = counter('skald_bus_records_published_total', 'Records that the bridge published');
const OMITTED = counter(
  'skald_bus_records_omitted_total',
  'Records that went out without their data, or not',
);
const SENT = counter('skald_bus_work_items_total', 'Tasks that went out over the bus', 'outcome');

export type BusCounts = {
  readonly consumers: Counts;
  readonly bridge: { readonly published: number; readonly omitted: number };
  readonly workItems: Counts;
};

/** @param countsNow undefined while there is no bus, as when it cannot be reached. */
export const busSource = (countsNow: () => BusCounts | undefined): Source => ({
  name: 'bus',
  families: [TAKEN, PUBLISHED, OMITTED, SENT],
  read: () => {
    const counts = countsNow();
    if (counts === undefined) return [];
    return [
      ...samplesBy(TAKEN, counts.consumers),
      sample(PUBLISHED, counts.bridge.published),
      sample(OMITTED, counts.bridge.omitted),
      ...samplesBy(SENT, counts.workItems),
    ];
  },
});
