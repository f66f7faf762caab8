import type { RecordMetadata } from 'kafkajs';

/**
 * Checks that each acknowledgement of a partition names a higher offset than the one before: one that does not was
 * never written. @throws Error
 */
export const growingOffsets = () => {
  const last = new Map<string, bigint>();
  return (acknowledged: readonly RecordMetadata[]): void => {
    for (const { topicName, partition, baseOffset } of acknowledged) {
      if (baseOffset === undefined) throw new Error(`no offset acknowledged for ${topicName}`);
      const key = `${topicName}/${partition}`;
      const before = last.get(key);
      const now = BigInt(baseOffset);
      // Forgotten first: where the topic was made anew, the next attempt is right to begin again.
      last.delete(key);
      if (before !== undefined && now <= before)
        throw new Error(`${key} acknowledged offset ${now} after ${before}: records may be lost`);
      last.set(key, now);
    }
  };
};
