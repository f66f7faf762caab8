/** One metric: counters end in `_total`, units are seconds and bytes, no label holds an id. */
export type Family = {
  readonly name: string;
  readonly help: string;
  readonly kind: 'counter' | 'gauge';
  readonly labels?: readonly string[];
};

export type Sample = {
  /** Of its family. */
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
};

/** Metrics that are read together, when somebody looks. */
export type Source = {
  /** Names it where it cannot be read. */
  readonly name: string;
  readonly families: readonly Family[];
  /** The samples of its families as they are now; a rejection leaves all of them out. */
  readonly read: () => readonly Sample[] | Promise<readonly Sample[]>;
};
