import { createHmac } from 'node:crypto';
import type { Keys } from '../../infra/keys/port.ts';

/** Names the records of one key of one topic; null for a record without a key, which keeps no order. */
export type SequenceOf = (topic: string, key: Uint8Array | null) => string | null;

/** A key may say something about a person: what stands in the log of it is a keyed hash. */
export const sequenceHasher = async (keys: Pick<Keys, 'secret'>): Promise<SequenceOf> => {
  const secret = await keys.secret('dead-letter-sequences');
  return (topic, key) => {
    if (key === null) return null;
    const length = Buffer.alloc(4);
    length.writeUInt32BE(Buffer.byteLength(topic));
    return createHmac('sha256', secret).update(length).update(topic).update(key).digest('hex');
  };
};
