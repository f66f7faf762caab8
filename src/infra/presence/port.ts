/** When a service was heard of: milliseconds since the epoch on the clock of the process that heard it, 0 for never. */
export type HeardSigns = {
  readonly polledAt: number;
  readonly heartbeatAt: number;
  readonly claimedAt: number;
  /** When it last took a task or extended the lease of one. */
  readonly workedAt: number;
  /** Until when it holds a task at the longest. */
  readonly busyUntil: number;
};

/** What other processes heard of a service, by its latest signs; undefined when they heard nothing of it. */
export type OthersSigns = (service: string) => HeardSigns | undefined;

/**
 * Signs of life that processes tell one another, a few seconds late at the most while their store answers. They are a
 * help to judge by, never an event, and may be lost. Clocks of processes are expected to differ by less than the
 * limits by which services are judged; a sign from the future counts as one of now.
 */
export type SharedPresence = {
  readonly others: OthersSigns;
  /** Begins to tell the others what this process hears. @param heard every service this process has heard of */
  readonly start: (heard: () => Iterable<readonly [service: string, signs: HeardSigns]>) => void;
  /** Tells what is left to tell and stops. */
  readonly stop: () => Promise<void>;
};

/** The later of each. */
export const latestSigns = (one: HeardSigns, other: HeardSigns): HeardSigns => ({
  polledAt: Math.max(one.polledAt, other.polledAt),
  heartbeatAt: Math.max(one.heartbeatAt, other.heartbeatAt),
  claimedAt: Math.max(one.claimedAt, other.claimedAt),
  workedAt: Math.max(one.workedAt, other.workedAt),
  busyUntil: Math.max(one.busyUntil, other.busyUntil),
});
