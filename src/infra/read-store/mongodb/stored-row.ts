import { typeOf } from '../declared-fields.ts';
import type { Row } from '../operations.ts';
import { DocumentRefused } from '../port.ts';
import type { CollectionSpec, FieldType, Scalar } from '../port.ts';

type FieldValue = Scalar | readonly string[];

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

/** Where a declared field's value lies. */
export const pathOf = (field: string): string => `f.${field}`;

/** @throws DocumentRefused for a declared field of another type. */
export const storedRowOf = (spec: CollectionSpec, { id, position, body, blocked }: Row): StoredRow => {
  const row = { _id: id, _pos: position, body, blocked };
  return body === null ? row : { ...row, f: fieldsOf(spec, id, body) };
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

const fieldsOf = (spec: CollectionSpec, id: string, body: string): Readonly<Record<string, FieldValue>> => {
  // `rowOf` made this text from a Body.
  const members = new Map(Object.entries(JSON.parse(body) as Record<string, unknown>));
  const values: Record<string, FieldValue> = {};
  for (const field of Object.keys(spec.fields)) {
    const member = members.get(field) ?? null;
    if (member === null) continue;
    const value = valueOf(typeOf(spec, field), member);
    if (value === undefined) throw new DocumentRefused(id, `${field} is not of its declared type`);
    values[field] = value;
  }
  return values;
};

const valueOf = (type: FieldType, member: unknown): FieldValue | undefined => {
  switch (type) {
    case 'text':
      return typeof member === 'string' ? member : undefined;
    case 'number':
      return typeof member === 'number' ? member : undefined;
    case 'boolean':
      return typeof member === 'boolean' ? member : undefined;
    case 'text[]':
      return Array.isArray(member) ? textsIn(member) : undefined;
  }
};

/** `contains` asks for texts only. */
const textsIn = (list: readonly unknown[]): readonly string[] => [
  ...new Set(list.filter((element) => typeof element === 'string')),
];
