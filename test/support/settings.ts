import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { loadConfig } from '../../src/config.ts';

const SOURCES = [
  'config.ts',
  'config-auth.ts',
  'config-limits.ts',
  'config-servers.ts',
  'config-instances.ts',
  'config-replay.ts',
  'config-tracing.ts',
];
/** Not settings: what Node and a library of ours read, looked at because some values are not safe. */
const GUARDED = ['DEBUG', 'NODE_TLS_REJECT_UNAUTHORIZED'];

/** The name of every setting: the schemas' own fields, wherever they are written down. */
export const settingNames = (): readonly string[] =>
  SOURCES.flatMap((source) => {
    const text = readFileSync(new URL(`../../src/${source}`, import.meta.url), 'utf8');
    return [...text.matchAll(/^ {2,4}([A-Z][A-Z_]+): /gm)].map(([, name = '']) => name);
  }).filter((name) => !GUARDED.includes(name));

/** Defaults as they would be written into the environment. */
export const settingDefaults = (): ReadonlyMap<string, string> => {
  const loaded = loadConfig({});
  if (loaded.kind === 'invalid') throw new Error(loaded.problems.join('; '));
  return new Map(Object.entries(loaded.config).map(([name, value]) => [name, written(value)]));
};

const amounts = z.record(z.string(), z.number());

const written = (value: unknown): string => {
  if (value instanceof Set) return [...value].join(',');
  const { data } = amounts.safeParse(value);
  return data === undefined
    ? String(value)
    : Object.entries(data)
        .map((entry) => entry.join('='))
        .join(',');
};
