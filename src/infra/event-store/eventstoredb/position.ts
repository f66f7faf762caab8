import { START } from '../port.ts';
import type { Position } from '../port.ts';

const HALF = 20;
const FORM = /^\d{40}$/;
// What a server before 22.6 sends with events of a stream: no position.
const NO_POSITION = '18446744073709551615';

/** What the wire has, as decimal text: JavaScript numbers do not hold it. */
export type WirePosition = { readonly commit: string; readonly prepare: string };

/** Both halves, 20 digits each, so that text compares as the log does. @throws RangeError for no position */
export const toPosition = ({ commit, prepare }: WirePosition): Position => {
  const position = commit.padStart(HALF, '0') + prepare.padStart(HALF, '0');
  if (commit === NO_POSITION || !FORM.test(position)) {
    throw new RangeError('the server sent an event without its position (EventStoreDB 22.6 is the least)');
  }
  return position;
};

/** Undefined for the start of the log. @throws RangeError for text that is not a position. */
export const toWire = (position: Position): WirePosition | undefined => {
  if (!FORM.test(position)) throw new RangeError(`not a position of this log: ${position}`);
  if (position === START) return undefined;
  return {
    commit: String(BigInt(position.slice(0, HALF))),
    prepare: String(BigInt(position.slice(HALF))),
  };
};

export const laterOf = (one: Position, other: Position): Position => (one > other ? one : other);
