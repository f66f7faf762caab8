import type { Clock } from '../clock/port.ts';
import type { EventStore, Position } from '../event-store/port.ts';
import { START } from '../event-store/port.ts';
import type { Job, ProjectionState, ProjectionStatus } from './port.ts';

export type StatusDeps = {
  readonly log: Pick<EventStore, 'lastPosition' | 'readAll'>;
  /** Number of events behind one position up to another. */
  readonly eventsBetween: (after: Position, upTo: Position) => number | Promise<number>;
  readonly clock: Pick<Clock, 'now'>;
};

/** States with how far they are behind the log: computed here, so that a projector that stands still is seen. */
export const statusWith = async (
  deps: StatusDeps,
  states: readonly ProjectionState[],
): Promise<readonly ProjectionStatus[]> => {
  const end = await deps.log.lastPosition();
  const lags = new Map<Position, ProjectionStatus['lag']>();
  const statuses: ProjectionStatus[] = [];
  for (const state of states) {
    const position = state.position ?? START;
    const lag = lags.get(position) ?? (await lagOf(deps, position, end));
    lags.set(position, lag);
    statuses.push({ ...state, lag, secondsLeft: await secondsLeft(deps, state.job, end) });
  }
  return statuses;
};

const lagOf = async (
  deps: StatusDeps,
  position: Position,
  end: Position,
): Promise<ProjectionStatus['lag']> => ({
  events: await eventsLeft(deps, position, end),
  seconds: await secondsBehind(deps, position, end),
});

const eventsLeft = async (
  { eventsBetween }: StatusDeps,
  position: Position,
  end: Position,
): Promise<number> => (position >= end ? 0 : eventsBetween(position, end));

const secondsBehind = async (
  { log, clock }: StatusDeps,
  position: Position,
  end: Position,
): Promise<number> => {
  if (position >= end) return 0;
  const { events } = await log.readAll({ after: position, max: 1 });
  const recordedAt = events[0]?.metadata.recordedAt;
  return recordedAt === undefined ? 0 : Math.max(0, (clock.now() - Date.parse(recordedAt)) / 1000);
};

const secondsLeft = async (deps: StatusDeps, job: Job | null, end: Position): Promise<number | null> => {
  if (job === null || job.phase === 'done' || job.eventsPerSecond === 0) return null;
  return (await eventsLeft(deps, job.position, end)) / job.eventsPerSecond;
};
