import type { Definition } from '../../src/domain/orchestration/events.ts';
import type { SagaEvent } from '../../src/domain/saga/events.ts';
import { statusOf } from '../../src/domain/saga/state.ts';
import type { StoredEvent } from '../../src/infra/event-store/port.ts';
import { appendsOf, withStates } from '../../src/queries/what-if/history.ts';
import type { Append } from '../../src/queries/what-if/history.ts';
import type { Premise } from '../../src/queries/what-if/redecide.ts';
import { registrationsIn } from '../../src/queries/what-if/registrations.ts';
import { runWhatIf } from '../../src/queries/what-if/run-what-if.ts';

/** What a log says of one of its runs, asked about under the definition it was made under. */
export const premiseIn = (log: readonly StoredEvent[], stream: string): Premise => {
  const appends = appendsOf(log.filter((event) => event.stream === stream));
  const events = appends.flatMap((append) => append.events);
  const registrations = registrationsIn(
    log.filter((event) => event.stream === `orchestration-${orchNameOf(events)}`),
  );
  const recorded = registrations.definition(versionOf(events) ?? 0) ?? null;
  const { served } = registrations;
  return { appends, recorded, changed: recorded ?? NOTHING, served, supplied: new Map() };
};

/** The premise as it was after so many appends. */
export const upTo = (premise: Premise, appends: readonly Append[]): Premise => ({
  ...premise,
  appends,
  recorded: versionOf(appends.flatMap(({ events }) => events)) === undefined ? null : premise.recorded,
});

const NOTHING: Definition = { type: 'simultaneous', onUndoFailure: 'stop', steps: [] };

const orchNameOf = (events: readonly SagaEvent[]): string =>
  events.flatMap(({ type, data }) => (type === 'SagaStarted' ? [data.orchName] : []))[0] ?? '';

const versionOf = (events: readonly SagaEvent[]): number | undefined =>
  events.flatMap(({ data }) => ('definition' in data ? (data.definition?.version ?? []) : []))[0];

export const runsIn = (log: readonly StoredEvent[]): readonly string[] => [
  ...new Set(log.map(({ stream }) => stream).filter((stream) => stream.startsWith('saga-'))),
];

/** A run's premise as it was after each of its appends. */
export const everyMoment = (premise: Premise): readonly Premise[] =>
  premise.appends.map((_, index) => upTo(premise, premise.appends.slice(0, index + 1)));

/** Everything that what-if finds to be different; undefined where it finds nothing. */
export const flawOf = (premise: Premise): object | undefined => {
  const { firstDivergence, decidedStatus, verdict, steps, ...lists } = runWhatIf(premise);
  const found = [...Object.values(lists), ...Object.values(steps)].flat();
  const run = withStates(premise.appends).at(-1)?.after;
  const isSame = run?.kind === 'run' && statusOf(run) === decidedStatus;
  if (isSame && firstDivergence === null && found.length === 0) return undefined;
  return { ...lists, firstDivergence, decidedStatus, verdict, steps, appends: premise.appends };
};
