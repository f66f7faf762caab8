import { readFileSync, statSync } from 'node:fs';
import { isMap, isScalar, parseDocument } from 'yaml';
import { codeOf } from '../disk/error-code.ts';
import { propertiesIn } from './properties.ts';

export type SettingsFile =
  | { readonly kind: 'ok'; readonly entries: readonly (readonly [key: string, value: string])[] }
  | { readonly kind: 'flawed'; readonly detail: string };

const MAX_BYTES = 256 * 1024;

/** A `.yaml`, `.yml` or `.properties` file as keys with dots and their values. A list's values are joined by commas. */
export const readSettingsFile = (path: string): SettingsFile => {
  const parse = parserFor(path);
  if (parse === undefined) return flawed('its name must end in .yaml, .yml or .properties');
  try {
    if (statSync(path).size > MAX_BYTES) return flawed(`larger than ${MAX_BYTES} bytes`);
    return parse(new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path)));
  } catch (error) {
    return flawed(`cannot be read: ${reasonOf(error)}`);
  }
};

const flawed = (detail: string): SettingsFile => ({ kind: 'flawed', detail });

// A message may repeat what stands in the file; a code does not.
const reasonOf = (error: unknown): string => {
  const code = codeOf(error);
  if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return 'it is no UTF-8';
  // Left is what the parser throws at an alias.
  return typeof code === 'string' ? code : 'it has aliases';
};

const parserFor = (path: string): ((text: string) => SettingsFile) | undefined => {
  if (/\.ya?ml$/i.test(path)) return yamlSettings;
  return /\.properties$/i.test(path) ? (text) => ({ kind: 'ok', entries: propertiesIn(text) }) : undefined;
};

const yamlSettings = (text: string): SettingsFile => {
  const document = parseDocument(text, { schema: 'failsafe', logLevel: 'silent', prettyErrors: false });
  const [error] = document.errors;
  if (error !== undefined) return flawed(`not well-formed at character ${error.pos[0]} (${error.code})`);
  const { contents } = document;
  if (isMap(contents)) return { kind: 'ok', entries: flat('', document.toJS({ maxAliasCount: 0 })) };
  // Nothing yet, or all of it commented out; behind `---` that is an empty text.
  const isEmpty = contents === null || (isScalar(contents) && contents.source === '');
  return isEmpty ? { kind: 'ok', entries: [] } : flawed('it must hold names with values');
};

/** Failsafe YAML: every scalar is its own text, so that no number loses a digit. */
const flat = (prefix: string, value: unknown): readonly (readonly [string, string])[] => {
  if (typeof value === 'string') return [[prefix, value]];
  if (Array.isArray(value)) return listed(prefix, value);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    flat(prefix === '' ? name : `${prefix}.${name}`, inner),
  );
};

const listed = (prefix: string, values: readonly unknown[]): readonly (readonly [string, string])[] => {
  const texts = values.filter((value) => typeof value === 'string');
  return texts.length === values.length ? [[prefix, texts.join(',')]] : [];
};
