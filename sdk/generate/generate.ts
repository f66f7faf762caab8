import { format, resolveConfig } from 'prettier';
import { fileURLToPath } from 'node:url';
import { descriptionOf } from './description.ts';
import type { Description } from './description.ts';
import { groupText, HEADER } from './group-text.ts';
import type { Call } from './group-text.ts';
import { withoutCall, operations } from './operations.ts';
import { shapesOf } from './shapes.ts';

export const DIRECTORY = fileURLToPath(new URL('../src/generated/', import.meta.url));

const JSON_TYPE =
  'export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };';

/**
 * The generated part of the client, by file name.
 * @throws Error where the API and the table of names differ: each operation needs a name there, and no other has one.
 */
export const generate = async (openApi: unknown): Promise<ReadonlyMap<string, string>> => {
  const description = descriptionOf(openApi);
  const calls = callsOf(description);
  const shapes = shapesOf(description);
  const files = [...groupsOf(calls)].map(
    ([group, own]) => [fileNameOf(group), groupText(group, own, shapes)] as const,
  );
  const texts = [...files, ['shapes.ts', [HEADER, JSON_TYPE, '', shapes.text].join('\n')] as const];
  const options = { ...(await resolveConfig(DIRECTORY)), parser: 'typescript' };
  return new Map(
    await Promise.all(texts.map(async ([name, text]) => [name, await format(text, options)] as const)),
  );
};

const callsOf = ({ operations: described }: Description): readonly Call[] => {
  const known = new Set([...Object.keys(operations), ...withoutCall]);
  const unnamed = [...described.keys()].filter((key) => !known.has(key));
  if (unnamed.length > 0) throw new Error(`sdk/generate/operations.ts has no name for ${unnamed.join(', ')}`);
  return Object.entries(operations).map(([key, named]) => {
    const operation = described.get(key);
    if (operation === undefined)
      throw new Error(`sdk/generate/operations.ts names ${key}, which is not served`);
    return { key, named, operation };
  });
};

const groupsOf = (calls: readonly Call[]): ReadonlyMap<string, readonly Call[]> =>
  Map.groupBy(calls, ({ named }) => named.group);

const fileNameOf = (group: string): string =>
  `${group.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}.ts`;
