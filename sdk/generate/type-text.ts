import type { Schema } from './description.ts';

/** Finds the name that a shape has, if it has one. */
export type NameOf = (schema: Schema) => string | undefined;

/** `input`: a field that may be left out may also be given as undefined. */
export type Direction = 'input' | 'answer';

/** @throws Error for a keyword that would be left out of the type: better no client than a wrong one. */
export const typeText = (schema: Schema, nameOf: NameOf, direction: Direction): string => {
  const text = (inner: unknown): string => typeText(asSchema(inner), nameOf, direction);
  const name = nameOf(schema);
  if (name !== undefined) return name;
  if (typeof schema['$ref'] === 'string') return refText(schema['$ref']);
  const any = listOf(schema['anyOf'] ?? schema['oneOf']);
  if (any.length > 0) return union(any.map(text));
  const values = listOf(schema['enum']);
  if (values.length > 0) return union(values.map((value) => JSON.stringify(value)));
  const types = listOf(schema['type']);
  if (types.length > 0) return union(types.map((type) => text({ ...schema, type })));
  if ('const' in schema) return JSON.stringify(schema['const']);
  return plainText(schema, text, direction);
};

export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const ONE_TEXT = /^"[^"]*"( \| "[^"]*")*$/;

/** Each once; texts are not named beside any text. */
const union = (types: readonly string[]): string => {
  const isText = types.includes('string');
  return [...new Set(types)].filter((type) => !isText || !ONE_TEXT.test(type)).join(' | ');
};

type Inner = (schema: unknown) => string;

const plainText = (schema: Schema, text: Inner, direction: Direction): string => {
  switch (schema['type']) {
    case 'string':
      return schema['format'] === 'binary' ? 'Uint8Array' : 'string';
    case 'integer':
    case 'number':
      return 'number';
    case 'boolean':
      return 'boolean';
    case 'null':
      return 'null';
    case 'array':
      return `readonly (${text(schema['items'] ?? {})})[]`;
    case 'object':
      return objectText(schema, text, direction);
    case undefined:
      return 'unknown';
    default:
      throw new Error(`no type for ${JSON.stringify(schema)}`);
  }
};

const objectText = (schema: Schema, text: Inner, direction: Direction): string => {
  const properties = Object.entries(asSchema(schema['properties'] ?? {}));
  const rest = schema['additionalProperties'];
  if (properties.length === 0) return recordText(schema, text);
  const required = new Set(Array.isArray(schema['required']) ? schema['required'] : []);
  const fields = properties.map(([name, inner]) =>
    fieldText({ name, type: text(inner), isRequired: required.has(name), direction }),
  );
  const open = typeof rest === 'object' && Object.keys(asSchema(rest)).length === 0;
  return `{ ${fields.join(' ')} ${open ? 'readonly [name: string]: unknown;' : ''} }`;
};

const recordText = (schema: Schema, text: Inner): string => {
  const keys = schema['propertyNames'] === undefined ? 'string' : text(schema['propertyNames']);
  const rest = schema['additionalProperties'];
  if (rest === false) return 'Readonly<Record<string, never>>';
  return `Readonly<Record<${keys}, ${rest === undefined ? 'unknown' : text(rest)}>>`;
};

type Field = {
  readonly name: string;
  readonly type: string;
  readonly isRequired: boolean;
  readonly direction: Direction;
};

export const fieldText = ({ name, type, isRequired, direction }: Field): string => {
  const key = /^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name);
  if (isRequired) return `readonly ${key}: ${type};`;
  return `readonly ${key}?: ${type}${direction === 'input' && type !== 'unknown' ? ' | undefined' : ''};`;
};

/** The only shape that is referred to is the one that holds itself: any JSON. */
const refText = (reference: string): string => {
  if (reference.startsWith('#/components/schemas/')) return 'Json';
  throw new Error(`no type for ${reference}`);
};

const asSchema = (value: unknown): Schema => {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw new Error(`not a schema: ${JSON.stringify(value)}`);
};
