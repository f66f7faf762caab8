const SEPARATOR = ' ';

/** Counts by the values of labels, which hold no blanks. Costs little: it is added up when somebody looks. */
export type Tally = {
  readonly add: (value: string, ...more: readonly string[]) => void;
  readonly of: (value: string, ...more: readonly string[]) => number;
  readonly entries: () => readonly { readonly values: readonly string[]; readonly count: number }[];
};

export const createTally = (): Tally => {
  const counts = new Map<string, number>();
  const count = (key: string): number => counts.get(key) ?? 0;
  return {
    add: (value, ...more) => {
      const key = keyOf(value, more);
      counts.set(key, count(key) + 1);
    },
    of: (value, ...more) => count(keyOf(value, more)),
    entries: () => [...counts].map(([key, times]) => ({ values: key.split(SEPARATOR), count: times })),
  };
};

const keyOf = (value: string, more: readonly string[]): string =>
  more.length === 0 ? value : `${value}${SEPARATOR}${more.join(SEPARATOR)}`;
