import type { Admin } from 'kafkajs';
import type { GroupLag } from '../port.ts';

type Offsets = Awaited<ReturnType<Admin['fetchTopicOffsets']>>;

/** Where a group stands; where it has no offset, or one that is kept no more, it stands at the oldest record. */
export const lagOf = async (
  admin: Admin,
  group: string,
  topics: readonly string[],
): Promise<readonly GroupLag[]> => {
  const known = new Set(await admin.listTopics());
  const wanted = topics.filter((topic) => known.has(topic));
  if (wanted.length === 0) return [];
  const committed = await admin.fetchOffsets({ groupId: group, topics: [...wanted] });
  const lags: GroupLag[] = [];
  for (const topic of wanted) {
    const ofGroup = committed.find((one) => one.topic === topic)?.partitions ?? [];
    const offsetOf = (partition: number): bigint =>
      BigInt(ofGroup.find((one) => one.partition === partition)?.offset ?? -1);
    lags.push(...lagsOf(topic, await admin.fetchTopicOffsets(topic), offsetOf));
  }
  return lags;
};

const lagsOf = (
  topic: string,
  offsets: Offsets,
  offsetOf: (partition: number) => bigint,
): readonly GroupLag[] =>
  offsets
    .toSorted((one, other) => one.partition - other.partition)
    .map(({ partition, low, high }) => {
      const committed = offsetOf(partition);
      return { topic, partition, offset: committed < BigInt(low) ? low : String(committed), end: high };
    });
