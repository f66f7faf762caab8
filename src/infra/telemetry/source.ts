import type { Tally } from './tally.ts';

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

export const gauge = (name: string, help: string, ...labels: readonly string[]): Family => ({
  ...{ name, help, labels },
  kind: 'gauge',
});

export const counter = (name: string, help: string, ...labels: readonly string[]): Family => ({
  ...{ name, help, labels },
  kind: 'counter',
});

/** @param values of the family's labels, in their order */
export const sample = (
  { name, labels = [] }: Family,
  value: number,
  ...values: readonly string[]
): Sample => ({
  ...{ name, value },
  labels: Object.fromEntries(labels.map((label, index) => [label, values[index] ?? ''])),
});

/** A sample for each key: it is the value of the family's one label. */
export const samplesBy = (family: Family, counts: Readonly<Record<string, number>>): readonly Sample[] =>
  Object.entries(counts).map(([key, value]) => sample(family, value, key));

/** A sample for each entry, which has a value for each label. */
export const samplesOf = (family: Family, tally: Pick<Tally, 'entries'>): readonly Sample[] =>
  tally.entries().map(({ values, count }) => sample(family, count, ...values));
