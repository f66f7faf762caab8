import { memberOf } from '../../domain/member-of.ts';
import type { AppendResult, EventStore, StoredEvent } from '../event-store/port.ts';
import { createDurations } from './durations.ts';
import type { LogSpace } from './log-space.ts';
import { counter, sample, samplesOf } from './source.ts';
import type { Family, Sample, Source } from './source.ts';
import { createTally } from './tally.ts';
import type { Tally } from './tally.ts';

const APPENDS = counter('skald_log_appends_total', 'Appends by this process', 'outcome');
/** Each is there from the start: what begins at 1 has not risen for those who reckon with it. */
const OUTCOMES: readonly AppendResult['kind'][] = ['ok', 'conflict', 'ambiguous', 'refused'];
const EVENTS = counter('skald_log_events_appended_total', 'Events appended by this process', 'type');
const ENDED = counter('skald_runs_ended_total', 'Runs that ended', 'outcome');
const REPLAYS_ENDED = counter('skald_replays_ended_total', 'Replay sessions that ended', 'outcome');

/** Counters that say the same as the events of one or several types. */
const BY_TYPE: readonly (readonly [family: Family, types: readonly string[]])[] = [
  [counter('skald_runs_started_total', 'Runs that were started'), ['SagaStarted']],
  [counter('skald_runs_undo_failed_total', 'Runs whose undo came to a stop'), ['SagaUndoFailed']],
  [counter('skald_step_attempts_total', 'Attempts of steps that were put on offer'), ['StepDispatched']],
  [
    counter('skald_step_retries_total', 'Attempts that were scheduled after a failure, or asked for'),
    ['StepRetryScheduled', 'StepRetryRequested'],
  ],
  [counter('skald_step_leases_lapsed_total', 'Attempts whose worker fell silent'), ['StepLapsed']],
  [counter('skald_step_timeouts_total', 'Attempts that took too long'), ['StepTimedOut']],
  [
    counter('skald_step_attempts_taken_back_total', 'Attempts on offer that nobody was left to take'),
    ['StepTakenBack'],
  ],
  [counter('skald_steps_waited_total', 'Steps that had to wait for a worker'), ['StepWaiting']],
  [counter('skald_steps_healed_total', 'Steps that went on when a worker came'), ['StepHealed']],
  [counter('skald_instances_received_total', 'Instances that came in'), ['InstanceReceived']],
  [counter('skald_instances_registered_total', 'Instances that were registered'), ['InstanceRegistered']],
  [counter('skald_instances_refused_total', 'Deliveries that were refused'), ['IntakeRefused']],
  [
    counter('skald_instances_retried_total', 'Instances that were sent out again'),
    ['InstanceRetryRequested'],
  ],
  [counter('skald_instances_dispatched_total', 'Instances that were passed on'), ['InstanceDispatched']],
  [counter('skald_instances_deleted_total', 'Instances that were deleted'), ['InstanceDeleted']],
  [counter('skald_instances_erased_total', 'Instances whose keys were destroyed'), ['InstanceErased']],
  [
    counter('skald_dead_letters_parked_total', 'Records that became dead letters, or did again'),
    ['LetterParked', 'LetterParkedAgain'],
  ],
  [
    counter('skald_dead_letters_resolved_total', 'Dead letters that were taken after all'),
    ['LetterResolved'],
  ],
  [counter('skald_dead_letters_discarded_total', 'Dead letters that were given up'), ['LetterDiscarded']],
  [counter('skald_replays_started_total', 'Replay sessions that were started'), ['ReplayStarted']],
];

const ENDS = [
  [ENDED, 'completed', 'SagaCompleted'],
  [ENDED, 'failed', 'SagaFailed'],
  [ENDED, 'undone', 'SagaUndone'],
  [ENDED, 'cancelled', 'SagaCancelled'],
  [REPLAYS_ENDED, 'completed', 'ReplayCompleted'],
  [REPLAYS_ENDED, 'failed', 'ReplayFailed'],
  [REPLAYS_ENDED, 'cancelled', 'ReplayCancelled'],
] as const;

/** What the log says of the events this process appends. */
export const eventMetrics = (space: Pick<LogSpace, 'note'>) => {
  const appends = createTally();
  const types = createTally();
  const { durations, stepTook } = stepDurations();
  const source: Source = {
    name: 'events',
    families: [APPENDS, EVENTS, ENDED, REPLAYS_ENDED, ...BY_TYPE.map(([family]) => family)],
    read: () => countedNow(appends, types),
  };
  /** The same log, counted as it is written to. */
  const metered = (store: EventStore): EventStore => ({
    ...store,
    append: async (...given) => {
      const result = await store.append(...given);
      appends.add(result.kind);
      space.note(result);
      if (result.kind === 'ok')
        for (const event of result.events) {
          types.add(event.type);
          stepTook(event);
        }
      return result;
    },
  });
  return { source, durations, metered };
};

const countedNow = (appends: Tally, types: Tally): readonly Sample[] => [
  ...OUTCOMES.map((outcome) => sample(APPENDS, appends.of(outcome), outcome)),
  ...samplesOf(EVENTS, types),
  ...ENDS.map(([family, outcome, type]) => sample(family, types.of(type), outcome)),
  ...BY_TYPE.map(([family, named]) =>
    sample(
      family,
      named.reduce((sum, type) => sum + types.of(type), 0),
    ),
  ),
];

const SECONDS = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 900, 3600];
const STEP_OUTCOMES: ReadonlyMap<string, string> = new Map([
  ['StepSucceeded', 'succeeded'],
  ['StepFailed', 'failed'],
  ['StepTimedOut', 'timed_out'],
]);

/** From the claim to the outcome; attempts that nobody is known to have claimed have no duration. */
const stepDurations = () => {
  const durations = createDurations({
    name: 'skald_step_duration_seconds',
    help: 'From the moment a worker took an attempt to its outcome',
    labels: ['action', 'outcome'],
    buckets: SECONDS,
  });
  const stepTook = ({ type, data, metadata: { recordedAt } }: StoredEvent): void => {
    if (!durations.isKept()) return;
    const outcome = STEP_OUTCOMES.get(type);
    if (outcome === undefined) return;
    const { action, claimedAt } = claimOf(data);
    if (claimedAt === undefined) return;
    durations.observe({ action, outcome }, Math.max(0, Date.parse(recordedAt) - claimedAt) / 1000);
  };
  return { durations, stepTook };
};

const claimOf = (data: unknown) => {
  const at = memberOf(memberOf(data, 'claim'), 'at');
  return {
    action: memberOf(data, 'action') === 'undo' ? 'undo' : 'do',
    claimedAt: typeof at === 'number' ? at : undefined,
  };
};
