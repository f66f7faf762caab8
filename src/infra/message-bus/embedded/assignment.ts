import type { TopicPartition } from './protocol.ts';

export type Subscriber = { readonly member: string; readonly topics: readonly string[] };

/** Shares partitions evenly among those who read their topic. Everybody who knows the same members gets the same answer. */
export const assign = (
  members: readonly Subscriber[],
  partitions: readonly TopicPartition[],
): ReadonlyMap<string, readonly TopicPartition[]> => {
  const shares = new Map<string, TopicPartition[]>(
    members
      .map(({ member }) => member)
      .toSorted()
      .map((member) => [member, []]),
  );
  const readsOf = new Map(members.map(({ member, topics }) => [member, new Set(topics)]));
  for (const one of partitions) {
    const readers = [...shares].filter(([member]) => readsOf.get(member)?.has(one.topic));
    const least = readers.toSorted(([, one], [, other]) => one.length - other.length)[0];
    least?.[1].push(one);
  }
  return shares;
};
