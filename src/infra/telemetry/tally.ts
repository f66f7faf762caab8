type Entry = { readonly values: readonly string[]; readonly count: number };

/** Counts by the values of labels. Costs little: it is added up when somebody looks. */
export type Tally = {
  readonly add: (...values: readonly string[]) => void;
  readonly of: (...values: readonly string[]) => number;
  readonly entries: () => readonly Entry[];
};

export const createTally = (): Tally => {
  const root = createNode();
  return {
    add: (...values) => {
      let node = root;
      for (const value of values) node = below(node, value);
      node.count += 1;
    },
    of: (...values) => {
      let node: Node | undefined = root;
      for (const value of values) node = node?.next.get(value);
      return node?.count ?? 0;
    },
    entries: () => entriesOf(root, []),
  };
};

/** Label by label: a key made of all of them would be a text to be made and hashed each time. */
type Node = { count: number; readonly next: Map<string, Node> };

const createNode = (): Node => ({ count: 0, next: new Map() });

const below = ({ next }: Node, value: string): Node => {
  const known = next.get(value);
  if (known !== undefined) return known;
  const added = createNode();
  next.set(value, added);
  return added;
};

const entriesOf = ({ count, next }: Node, values: readonly string[]): readonly Entry[] => [
  ...(count > 0 ? [{ values, count }] : []),
  ...[...next].flatMap(([value, node]) => entriesOf(node, [...values, value])),
];
