import type { AuditedEvent } from '../audit/heads.ts';
import { pinnedIn, startedIn } from './lines.ts';

export type StreamRange = {
  readonly stream: string;
  readonly first: number;
  readonly last: number;
  readonly prev: string;
};

/** What a bundle holds so far: which revisions of which streams, and what their runs are pinned to. */
export type StreamsIn = {
  /** An event that comes before what is wanted. */
  readonly skip: (event: AuditedEvent) => void;
  readonly take: (event: AuditedEvent) => AuditedEvent;
  readonly holds: (stream: string) => boolean;
  readonly ranges: () => readonly StreamRange[];
  /** Hashes of definitions, by orchestration. */
  readonly pinned: () => ReadonlyMap<string, Set<string>>;
  readonly counts: () => { readonly events: number; readonly streams: number };
};

/** @param zero what the first event of a stream is chained to */
export const streamsIn = (zero: string): StreamsIn => {
  const ranges = new Map<string, StreamRange>();
  const before = new Map<string, string>();
  const pinned = new Map<string, Set<string>>();
  const orchestrations = new Map<string, string>();
  let events = 0;
  const note = ({ stream, type, data }: AuditedEvent): void => {
    const orchName = startedIn(type, data);
    if (orchName !== undefined) orchestrations.set(stream, orchName);
    const pin = pinnedIn(type, data);
    const of = orchestrations.get(stream);
    if (pin === undefined || of === undefined) return;
    pinned.set(of, (pinned.get(of) ?? new Set()).add(pin.hash));
  };
  return {
    skip: (event) => {
      before.set(event.stream, event.hash);
      const orchName = startedIn(event.type, event.data);
      if (orchName !== undefined) orchestrations.set(event.stream, orchName);
    },
    take: (event) => {
      const { stream, revision } = event;
      const known = ranges.get(stream);
      const first = known?.first ?? revision;
      ranges.set(stream, { stream, first, last: revision, prev: known?.prev ?? before.get(stream) ?? zero });
      note(event);
      events += 1;
      return event;
    },
    holds: (stream) => ranges.has(stream),
    ranges: () => [...ranges.values()],
    pinned: () => pinned,
    counts: () => ({ events, streams: ranges.size }),
  };
};
