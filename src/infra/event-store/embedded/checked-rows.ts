import type { DatabaseSync } from 'node:sqlite';
import type { StoredEvent } from '../port.ts';
import { bodyIn } from './body.ts';
import { isDescending, rowsIn } from './page.ts';
import type { Page } from './page.ts';
import type { EventRow } from './row.ts';
import { knownIn } from './row-names.ts';
import type { Known, NamedType } from './row-names.ts';
import { storedCheck } from './stored-check.ts';
import { eventDecoder } from './stored-event.ts';

/**
 * Rows that passed the hash chain, and what is needed to make events of them: that is left to the thread that asked,
 * so that both have to do.
 */
export type CheckedRows = {
  readonly page: Page;
  readonly streams: ReadonlyMap<number, string>;
  readonly types: ReadonlyMap<number, NamedType>;
  /** The first event of an append that the page begins in the middle of. */
  readonly begun?: Uint8Array;
};

/** Checks every row. @throws LogDamaged */
export const checkedRows = (db: DatabaseSync): ((page: Page) => CheckedRows) => {
  const known = knownIn(db);
  const check = storedCheck(db, known);
  return (page) => {
    const rows = rowsIn(page);
    known.learn(rows);
    rows.forEach(check);
    const streams = new Map<number, string>();
    const types = new Map<number, NamedType>();
    for (const { streamId, typeId } of rows) {
      if (!streams.has(streamId)) streams.set(streamId, known.streamOf(streamId));
      if (!types.has(typeId)) types.set(typeId, known.typeOf(typeId));
    }
    const begun = begunBefore(rows[0], known);
    return { page, streams, types, ...(begun === undefined ? {} : { begun }) };
  };
};

const begunBefore = (first: EventRow | undefined, known: Known): Uint8Array | undefined => {
  if (first === undefined) return undefined;
  const { index } = bodyIn(first);
  return index === 0 ? undefined : known.bodyAt(first.position - index);
};

/** The events of such rows, in the page's order. */
export const eventsOfRows = ({ page, streams, types, begun }: CheckedRows): readonly StoredEvent[] => {
  const decode = eventDecoder({
    streamOf: (id) => there(streams.get(id)),
    typeOf: (id) => there(types.get(id)),
    bodyAt: () => there(begun),
  });
  const events = decode(rowsIn(page));
  return isDescending(page.numbers) ? events.toReversed() : events;
};

const there = <Value>(value: Value | undefined): Value => {
  if (value === undefined) throw new RangeError('a row came without what belongs to it');
  return value;
};
