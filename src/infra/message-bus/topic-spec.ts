import type { TopicSpec } from './port.ts';

const NAME = /^[A-Za-z0-9._-]{1,249}$/;
const MAX_PARTITIONS = 1000;
const MAX_REPLICAS = 99;

/** @throws RangeError for a name or a number no bus can take */
export const assertTopics = (topics: readonly TopicSpec[]): void => {
  for (const { name, partitions, replicas = 1, retentionMs, segmentMs = 1 } of topics) {
    assert(NAME.test(name) && name !== '.' && name !== '..', `${name} is no name of a topic`);
    assert(isWithin(partitions, 1, MAX_PARTITIONS), `${name} cannot have ${partitions} partitions`);
    assert(isWithin(replicas, 1, MAX_REPLICAS), `${name} cannot be kept by ${replicas} brokers`);
    assert(isWithin(retentionMs, -1), `${name} cannot keep records for ${retentionMs} ms`);
    assert(isWithin(segmentMs, 1), `${name} cannot keep records together for ${segmentMs} ms`);
  }
};

const isWithin = (value: number, least: number, most = Number.MAX_SAFE_INTEGER): boolean =>
  Number.isSafeInteger(value) && value >= least && value <= most;

const assert = (isRight: boolean, problem: string): void => {
  if (!isRight) throw new RangeError(problem);
};
