import { z } from 'zod';
import { NotEncodable } from '../../../domain/canonical.ts';

/** How the log chains events (decision 7 in docs/rules.md). */
export type Chain = {
  /** What the first event of a stream is chained to. */
  readonly zero: string;
  /** The hash an event must have behind one with the hash `prev`. */
  readonly hash: (prev: string, event: AuditedEvent) => string;
};

/** Taken as it is: a copy would leave `__proto__` out, and what is not hashed is not proven. */
const metadata = z.custom<Readonly<Record<string, unknown>>>(
  (value) => typeof value === 'object' && value !== null,
);

export const auditedEvent = z.object({
  stream: z.string(),
  revision: z.int(),
  eventId: z.string(),
  type: z.string(),
  data: z.unknown(),
  metadata,
  hash: z.string(),
});
export type AuditedEvent = Readonly<z.output<typeof auditedEvent>>;

/** Something that is not as it was written. */
export type Finding = { readonly stream: string; readonly revision: number; readonly detail: string };
export type Head = { readonly revision: number; readonly hash: string };

export type Heads = {
  /** The next event of its stream. After a finding the check goes on from what is stored. */
  readonly check: (event: AuditedEvent) => Finding | undefined;
  /** Where a stream's chain ends by what was seen of it; revision -1 where nothing was. */
  readonly of: (stream: string) => Head;
  readonly streams: () => number;
};

/** Undefined for what has no canonical form: no log holds such a thing. */
export const hashed = (compute: () => string): string | undefined => {
  try {
    return compute();
  } catch (error) {
    if (error instanceof NotEncodable) return undefined;
    throw error;
  }
};

/** Follows the chain of every stream it sees events of; each stream's in order, the streams mixed as they come. @param startOf where a stream that is not whole begins */
export const followHeads = (
  { zero, hash }: Chain,
  startOf: (stream: string) => Head | undefined = () => undefined,
): Heads => {
  const heads = new Map<string, Head>();
  const of = (stream: string): Head => heads.get(stream) ?? startOf(stream) ?? { revision: -1, hash: zero };
  const flawOf = (head: Head, event: AuditedEvent): string | undefined => {
    const wanted = head.revision + 1;
    if (event.revision !== wanted)
      return `revision ${wanted} is missing, ${event.revision} came in its place`;
    return hashed(() => hash(head.hash, event)) === event.hash ? undefined : 'the hash does not match';
  };
  return {
    check: (event) => {
      const { stream, revision } = event;
      const detail = flawOf(of(stream), event);
      heads.set(stream, { revision, hash: event.hash });
      return detail === undefined ? undefined : { stream, revision, detail };
    },
    of,
    streams: () => heads.size,
  };
};
