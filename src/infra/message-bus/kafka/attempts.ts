import { UNDECODABLE } from '../undecodable.ts';
import type { InRecord } from '../port.ts';

const SAME_TIMES = 3;

/** A batch was undecodable, not yet often enough to believe it. */
class NotYetUndecodable extends Error {
  override readonly name = 'NotYetUndecodable';
}

/** Counts failures in a row at one record of a partition; they outlive a session. */
export const attempts = () => {
  const failures = new Map<string, { readonly offset: string; readonly count: number }>();
  const undecodable = new Map<string, { readonly reason: string; readonly count: number }>();
  const keyOf = ({ topic, partition }: InRecord): string => `${topic}/${partition}`;
  return {
    /** How often it failed by now. */
    failed: (record: InRecord): number => {
      const last = failures.get(keyOf(record));
      const count = last?.offset === record.offset ? last.count + 1 : 1;
      failures.set(keyOf(record), { offset: record.offset, count });
      return count;
    },
    done: (record: InRecord): void => {
      failures.delete(keyOf(record));
      undecodable.delete(keyOf(record));
    },
    /** @throws NotYetUndecodable until it was fetched and refused alike three times: it may be the way here */
    assertUndecodable: (record: InRecord): void => {
      const reason = `${record.offset} ${Buffer.from(reasonOf(record)).toString()}`;
      const last = undecodable.get(keyOf(record));
      const count = last?.reason === reason ? last.count + 1 : 1;
      undecodable.set(keyOf(record), { reason, count });
      if (count < SAME_TIMES)
        throw new NotYetUndecodable(
          `${keyOf(record)} cannot be decoded at ${reason} (${count} of ${SAME_TIMES})`,
        );
    },
  };
};

const reasonOf = ({ headers }: InRecord): Uint8Array =>
  headers.find(([name]) => name === UNDECODABLE)?.[1] ?? new Uint8Array(0);
