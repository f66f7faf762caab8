import type { Clock } from '../clock/port.ts';
import type { EventStore, Position } from '../event-store/port.ts';
import { START } from '../event-store/port.ts';
import type { Job, ProjectionState, ProjectionStatus } from './port.ts';

export type StatusDeps = {
  readonly log: Pick<EventStore, 'lastPosition' | 'readAll'>;
  readonly eventsBetween: (after: Position, upTo: Position) => number;
  readonly clock: Pick<Clock, 'now'>;
};

/** States with how far they are behind the log: computed here, so that a projector that stands still is seen. */
export const statusWith = async (
  deps: StatusDeps,
  states: readonly ProjectionState[],
): Promise<readonly ProjectionStatus[]> => {
  const end = await deps.log.lastPosition();
  const seconds = new Map<Position, number>();
  const statuses: ProjectionStatus[] = [];
  for (const state of states) {
    const position = state.position ?? START;
    const behind = seconds.get(position) ?? (await secondsBehind(deps, position, end));
    seconds.set(position, behind);
    const lag = { events: eventsLeft(deps, position, end), seconds: behind };
    statuses.push({ ...state, lag, secondsLeft: secondsLeft(deps, state.job, end) });
  }
  return statuses;
};

const eventsLeft = ({ eventsBetween }: StatusDeps, position: Position, end: Position): number =>
  position >= end ? 0 : eventsBetween(position, end);

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

const secondsLeft = (deps: StatusDeps, job: Job | null, end: Position): number | null => {
  if (job === null || job.phase === 'done' || job.eventsPerSecond === 0) return null;
  return eventsLeft(deps, job.position, end) / job.eventsPerSecond;
};
