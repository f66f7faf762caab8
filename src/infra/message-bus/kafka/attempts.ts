import { UNDECODABLE } from '../port.ts';
import type { InRecord } from '../port.ts';

const SAME_TIMES = 3;

/** A batch was undecodable, not yet often enough to believe it. */
class NotYetUndecodable extends Error {
  override readonly name = 'NotYetUndecodable';
}

/** Counts failures in a row at one record of a partition; they outlive a session. */
export const attempts = () => {
  const failures = inARow();
  const undecodable = inARow();
  return {
    /** How often it failed by now. */
    failed: (record: InRecord): number => failures.count(keyOf(record), record.offset),
    done: (record: InRecord): void => {
      failures.forget(keyOf(record));
      undecodable.forget(keyOf(record));
    },
    /** @throws NotYetUndecodable until it was fetched and refused alike three times: it may be the way here */
    assertUndecodable: (record: InRecord): void => {
      const reason = `${record.offset} ${Buffer.from(reasonOf(record)).toString()}`;
      const count = undecodable.count(keyOf(record), reason);
      if (count < SAME_TIMES)
        throw new NotYetUndecodable(
          `${keyOf(record)} cannot be decoded at ${reason} (${count} of ${SAME_TIMES})`,
        );
    },
  };
};

const keyOf = ({ topic, partition }: InRecord): string => `${topic}/${partition}`;

/** How often the same was told of a partition, one time after the other. */
const inARow = () => {
  const told = new Map<string, { readonly what: string; readonly count: number }>();
  return {
    count: (key: string, what: string): number => {
      const last = told.get(key);
      const count = last?.what === what ? last.count + 1 : 1;
      told.set(key, { what, count });
      return count;
    },
    forget: (key: string): void => void told.delete(key),
  };
};

const reasonOf = ({ headers }: InRecord): Uint8Array =>
  headers.find(([name]) => name === UNDECODABLE)?.[1] ?? new Uint8Array(0);
