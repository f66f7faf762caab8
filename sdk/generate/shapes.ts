import { answersOf } from './description.ts';
import type { Description, Schema } from './description.ts';
import { shapes } from './operations.ts';
import type { NameOf } from './type-text.ts';
import { listOf, typeText } from './type-text.ts';

export type Shapes = {
  readonly nameOf: NameOf;
  /** Each named shape as a type of its own. */
  readonly text: string;
  readonly names: readonly string[];
};

/** @throws Error where a shape is not where it is said to be. */
export const shapesOf = (description: Description): Shapes => {
  const found = Object.entries(shapes).map(([name, { of, at }]) => {
    const operation = description.operations.get(of);
    const [answer] = operation === undefined ? [] : answersOf(operation);
    return { name, schema: at.reduce(below, answer) };
  });
  const byKey = new Map<string, string>();
  for (const { name, schema } of found) {
    if (schema === undefined) throw new Error(`the API has no ${name} where it was looked for`);
    byKey.set(keyOf(schema), name);
  }
  const nameOf: NameOf = (schema) => byKey.get(keyOf(schema));
  const texts = found.map(({ name, schema = {} }) => {
    const others: NameOf = (inner) => (inner === schema ? undefined : nameOf(inner));
    return `export type ${name} = ${typeText(schema, others, 'answer')};`;
  });
  return { nameOf, text: texts.join('\n\n'), names: found.map(({ name }) => name) };
};

const below = (schema: Schema | undefined, step: string): Schema | undefined => {
  const inner = step === '*' ? schema?.['items'] : memberOf(schema?.['properties'], step);
  return isSchema(inner) ? unlessNull(inner) : undefined;
};

/** What stands beside null where something may be missing. */
const unlessNull = (schema: Schema): Schema => {
  const [first, ...rest] = listOf(schema['anyOf']);
  const isOptional = rest.length === 1 && memberOf(rest[0], 'type') === 'null';
  return isOptional && isSchema(first) ? first : schema;
};

const memberOf = (value: unknown, name: string): unknown => (isSchema(value) ? value[name] : undefined);

const isSchema = (value: unknown): value is Schema => typeof value === 'object' && value !== null;

const NOTES = new Set(['description', 'readOnly', 'title', 'default']);

/** The same for schemas that differ in words only. */
const keyOf = (schema: Schema): string =>
  JSON.stringify(schema, (name, value: unknown) => (NOTES.has(name) && isNote(value) ? undefined : value));

/** A property may have such a name too; its value is a schema then. */
const isNote = (value: unknown): boolean => typeof value !== 'object';
