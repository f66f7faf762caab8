type Labels = Readonly<Record<string, string>>;
type Observe = (labels: Labels, seconds: number) => void;

export type DurationFamily = {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  /** Upper bounds in seconds, rising. */
  readonly buckets: readonly number[];
};

/** How long something took, each time. Kept from the first time on that somebody looks: `begin` says where. */
export type Durations = {
  readonly family: DurationFamily;
  readonly observe: Observe;
  /** False while nobody has looked: what is observed then is forgotten. */
  readonly isKept: () => boolean;
  readonly begin: (into: Observe) => void;
};

export const createDurations = (family: DurationFamily): Durations => {
  let into: Observe | undefined;
  return {
    family,
    observe: (labels, seconds) => into?.(labels, seconds),
    isKept: () => into !== undefined,
    begin: (given) => {
      into = given;
    },
  };
};
