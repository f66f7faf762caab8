import type { WorkerEvent } from './events.ts';
import type { WorkerState } from './state.ts';

/** What was heard of a service. Times are milliseconds since the epoch, 0 for never. */
export type Signs = {
  readonly polledAt: number;
  readonly heartbeatAt: number;
  /** When it last took a task or extended the lease of one. */
  readonly workedAt: number;
  /** Until when it holds a task at the longest: who works need not poll. */
  readonly busyUntil: number;
};

/** The step of its own whose tasks lie on offer for longest. */
export type Lying = { readonly orchName: string; readonly step: string; readonly since: number };

export type Limits = {
  /** Silent after this long without a sign, in milliseconds. */
  readonly silentMs: number;
  /** Deaf after this long without taking what lies on offer, in milliseconds. */
  readonly deafMs: number;
};

export type Observation = {
  readonly now: number;
  /** Since when anybody listened: nobody is judged by what could not be heard. */
  readonly listeningSince: number;
  readonly limits: Limits;
  readonly signs: Signs;
  readonly lying: Lying | null;
};

/** The change to record, by what was recorded of a service and what was heard since; undefined for no change. */
export const judge = (
  service: string,
  recorded: WorkerState,
  observation: Observation,
): WorkerEvent | undefined => {
  const { signs, listeningSince } = observation;
  const lastSign = Math.max(listeningSince, signs.polledAt, signs.heartbeatAt, signs.workedAt);
  if (isQuiet(lastSign, observation))
    return recorded.status === 'silent'
      ? undefined
      : { type: 'WorkerSilent', data: { service, since: lastSign } };
  const lying = leftLying(observation);
  if (lying !== undefined)
    return recorded.status === 'deaf' ? undefined : { type: 'WorkerDeaf', data: { service, ...lying } };
  const { status: was } = recorded;
  if (was === 'live' || !isBack(recorded, signs)) return undefined;
  return { type: 'WorkerBack', data: { service, since: takenUpAt(signs), was } };
};

/** Being alive is not enough to be back: it must have taken up work, or asked for some. */
export const isBack = (recorded: WorkerState, signs: Signs): boolean => takenUpAt(signs) > recorded.since;

const takenUpAt = ({ polledAt, workedAt }: Signs): number => Math.max(polledAt, workedAt);

const isQuiet = (lastSign: number, { now, limits, signs }: Observation): boolean =>
  now - lastSign >= limits.silentMs && signs.busyUntil <= now;

/** What it has left on offer for too long, although it was heard meanwhile. */
const leftLying = ({ now, listeningSince, limits, signs, lying }: Observation): Lying | undefined => {
  if (lying === null) return undefined;
  const since = Math.max(lying.since, listeningSince, signs.polledAt, signs.busyUntil);
  const isHeard = signs.heartbeatAt > since && now - signs.heartbeatAt < limits.deafMs;
  return isHeard && now - since >= limits.deafMs ? { ...lying, since } : undefined;
};
