import type { AuditedEvent } from '../audit/heads.ts';
import type { StreamRange } from './streams-in.ts';

const WHAT =
  /^(?:everything|category (?<category>\S+)|(?<stream>\S+))(?: from (?<from>\S+))?(?: to (?<to>\S+))?$/;

/** What a bundle says it holds: nobody signed that, so what is in it must be of it. */
export type Claim = {
  readonly flawOfStream: (range: StreamRange) => string | undefined;
  readonly flawOfEvent: (event: AuditedEvent, range: StreamRange) => string | undefined;
};

/** Undefined for a text that no export writes. */
export const claimOf = (what: string): Claim | undefined => {
  const { groups } = WHAT.exec(what) ?? {};
  if (groups === undefined) return undefined;
  const { category, stream, from, to } = groups;
  const isIn = (name: string): boolean =>
    stream === undefined ? category === undefined || name.startsWith(`${category}-`) : name === stream;
  return {
    flawOfStream: ({ stream: name, first, last }) => {
      if (first > last) return 'there is no event of it';
      if (!isIn(name)) return `it is not of what the bundle says it holds: ${what}`;
      const isCut = first > 0 && from === undefined;
      return isCut
        ? 'its beginning is missing, and the bundle says of no time that it begins then'
        : undefined;
    },
    flawOfEvent: ({ revision, metadata }, { first }) => {
      const recordedAt = String(metadata['recordedAt']);
      // Behind the first one they may go back a little.
      const isEarly = from !== undefined && revision === first && recordedAt < from;
      const isLate = to !== undefined && recordedAt > to;
      return isEarly || isLate ? `it was not recorded in the time that the bundle says: ${what}` : undefined;
    },
  };
};
