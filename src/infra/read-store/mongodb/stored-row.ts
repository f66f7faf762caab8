import type { FieldValue } from '../field-values.ts';
import { fieldValues } from '../field-values.ts';
import type { Row } from '../operations.ts';
import type { CollectionSpec } from '../port.ts';

/**
 * A document as MongoDB keeps it. The body is text: BSON would drop, reorder and round what JSON keeps (9.3 G). Only the
 * declared fields are values of their own, in `f`; a tombstone has no `f`.
 */
export type StoredRow = {
  readonly _id: string;
  readonly _pos: string;
  readonly body: string | null;
  readonly blocked: string | null;
  readonly f?: Readonly<Record<string, FieldValue>>;
};

/** A version of a document that held from `from` on, until the next one. */
export type StoredVersion = {
  /** Position, which is of one length, and document id: no two versions share it. */
  readonly _id: string;
  readonly id: string;
  readonly from: string;
  readonly body: string | null;
  readonly blocked: string | null;
};

/** A live document: what indexes hold and what queries see. */
export const LIVE = { f: { $exists: true } } as const;

/** A blocked document: any text. */
export const BLOCKED = { blocked: { $gt: '' } } as const;

/** Where a declared field's value lies. */
export const pathOf = (field: string): string => `f.${field}`;

/** @throws DocumentRefused for a declared field of another type. */
export const storedRowOf = (spec: CollectionSpec, from: Row): StoredRow => {
  const { id, position, body, blocked } = from;
  const row = { _id: id, _pos: position, body, blocked };
  return body === null ? row : { ...row, f: fieldValues(spec, { ...from, body }) };
};

export const rowOfStored = ({ _id, _pos, body, blocked }: StoredRow): Row => ({
  id: _id,
  position: _pos,
  body,
  blocked,
});

export const versionOf = ({ id, position, body, blocked }: Row): StoredVersion => ({
  _id: position + id,
  id,
  from: position,
  body,
  blocked,
});

export const rowOfVersion = ({ id, from, body, blocked }: StoredVersion): Row => ({
  id,
  position: from,
  body,
  blocked,
});
