import type { Diary, Incident } from './read-model.ts';

const KEPT = 20;
/** Runs are looked at again within this time: what has not gone on by then, after a worker came, is gone. */
const QUIET_MS = 60_000;

/** The diary of a step at the first run that waits for it. */
export const opened = (of: { readonly orchName: string; readonly step: string }, since: string): Diary => ({
  ...of,
  open: true,
  since,
  incidents: 1,
  latest: incidentSince(since),
  earlier: [],
  position: '',
});

const incidentSince = (since: string): Incident => ({
  since,
  until: null,
  suppliedAt: null,
  suppliedBy: [],
  waited: 1,
  resumed: 0,
  firstResumedAt: null,
  lastResumedAt: null,
  peakPerSecond: 0,
  inLastSecond: 0,
});

/** Another run waits: in the incident that is open, or as the first of the next one. */
export const waitedToo = (before: Diary, sinceMs: number): Diary => {
  const { latest } = before;
  const isOver = latest.until !== null || isQuietAt(latest, sinceMs);
  if (!isOver) return { ...before, latest: { ...latest, waited: latest.waited + 1 } };
  const since = new Date(sinceMs).toISOString();
  const closed = { ...latest, until: latest.until ?? latest.lastResumedAt ?? latest.suppliedAt };
  return {
    ...before,
    open: true,
    since,
    incidents: before.incidents + 1,
    latest: incidentSince(since),
    earlier: [closed, ...before.earlier].slice(0, KEPT),
  };
};

const isQuietAt = ({ suppliedAt, lastResumedAt }: Incident, ms: number): boolean => {
  const moved = lastResumedAt ?? suppliedAt;
  return suppliedAt !== null && moved !== null && ms > Date.parse(moved) + QUIET_MS;
};

/** A worker came that serves the step. */
export const supplied = (before: Diary, service: string, at: string): Diary => {
  const { latest } = before;
  return latest.until === null ? { ...before, latest: suppliedBy(latest, service, at) } : before;
};

const suppliedBy = (incident: Incident, service: string, at: string): Incident => ({
  ...incident,
  suppliedAt: incident.suppliedAt ?? at,
  suppliedBy: incident.suppliedBy.includes(service)
    ? incident.suppliedBy
    : [...incident.suppliedBy, service].slice(0, KEPT),
});

/** A run went on: the latest incident's where that has one to wait for, else one of an incident before. */
export const resumed = (before: Diary, service: string, at: string): Diary => {
  const all = [before.latest, ...before.earlier];
  const open = all.find((incident) => incident.resumed < incident.waited);
  if (open === undefined) return before;
  const [latest = before.latest, ...earlier] = all.map((incident) =>
    incident === open ? withResumed(suppliedBy(incident, service, at), at) : incident,
  );
  return { ...before, open: latest.until === null, latest, earlier };
};

const withResumed = (incident: Incident, at: string): Incident => {
  const isSameSecond = incident.lastResumedAt?.slice(0, SECONDS) === at.slice(0, SECONDS);
  const inLastSecond = (isSameSecond ? incident.inLastSecond : 0) + 1;
  const count = incident.resumed + 1;
  return {
    ...incident,
    resumed: count,
    until: count === incident.waited ? at : incident.until,
    firstResumedAt: incident.firstResumedAt ?? at,
    lastResumedAt: at,
    inLastSecond,
    peakPerSecond: Math.max(incident.peakPerSecond, inLastSecond),
  };
};

const SECONDS = '2026-01-01T00:00:00'.length;
