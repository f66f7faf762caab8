import type { TopicSpec } from './port.ts';

const NAME = /^[A-Za-z0-9._-]{1,249}$/;
const MAX_PARTITIONS = 1000;
const MAX_REPLICAS = 99;

/** @throws RangeError for a name or a number no bus can take */
export const assertTopics = (topics: readonly TopicSpec[]): void => {
  for (const topic of topics) {
    assertName(topic.name);
    assertPartitions(topic);
    assertReplicas(topic);
    assertKept(topic);
  }
};

const assertPartitions = ({ name, partitions }: TopicSpec): void => {
  if (!Number.isInteger(partitions) || partitions < 1 || partitions > MAX_PARTITIONS)
    throw new RangeError(`${name} cannot have ${partitions} partitions`);
};

const assertReplicas = ({ name, replicas = 1 }: TopicSpec): void => {
  if (!Number.isInteger(replicas) || replicas < 1 || replicas > MAX_REPLICAS)
    throw new RangeError(`${name} cannot be kept by ${replicas} brokers`);
};

const assertKept = ({ name, retentionMs, segmentMs = 1 }: TopicSpec): void => {
  if (!Number.isSafeInteger(retentionMs) || retentionMs < -1)
    throw new RangeError(`${name} cannot keep records for ${retentionMs} ms`);
  if (!Number.isSafeInteger(segmentMs) || segmentMs < 1)
    throw new RangeError(`${name} cannot keep records together for ${segmentMs} ms`);
};

const assertName = (name: string): void => {
  if (!NAME.test(name) || name === '.' || name === '..')
    throw new RangeError(`${name} is no name of a topic`);
};
