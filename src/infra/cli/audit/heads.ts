import { z } from 'zod';

/** How the log chains events (decision 7 in docs/rules.md). */
export type Chain = {
  /** What the first event of a stream is chained to. */
  readonly zero: string;
  /** The hash an event must have behind one with the hash `prev`. */
  readonly hash: (prev: string, event: AuditedEvent) => string;
};

export const auditedEvent = z.object({
  stream: z.string(),
  revision: z.int(),
  eventId: z.string(),
  type: z.string(),
  data: z.unknown(),
  metadata: z.record(z.string(), z.unknown()),
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
    return hash(head.hash, event) === event.hash ? undefined : 'the hash does not match';
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
