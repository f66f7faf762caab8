import { isScalar, parseDocument, visit } from 'yaml';
import type { Document, YAMLMap } from 'yaml';
import { decoded, parseStrictJson } from './strict-json.ts';
import { flawInTokens } from './yaml-tokens.ts';
import type { YamlFlaw } from './yaml-tokens.ts';

export type ParsedYaml =
  | { readonly kind: 'ok'; readonly value: unknown }
  | { readonly kind: 'flawed'; readonly flaw: YamlFlaw & { readonly pointer: string } };

const MAX_BYTES = 64 * 1024;

/**
 * One YAML 1.2 document of the core schema, at most 64 KiB, 6,000 tokens and 32 levels, without tags,
 * anchors, aliases, merges, directives or a second document; then held to the rules of `parseStrictJson`.
 */
export const parseStrictYaml = (bytes: Uint8Array): ParsedYaml => {
  if (bytes.byteLength > MAX_BYTES) return flawed('too_large', `larger than ${MAX_BYTES} bytes`);
  const text = decoded(bytes);
  if (text === undefined) return flawed('invalid_utf8', 'the body is not UTF-8');
  if (text.startsWith('\uFEFF')) return flawed('byte_order_mark', 'a byte order mark is not accepted');
  const flaw = flawInTokens(text);
  return flaw === undefined ? composed(text) : flawed(flaw.code, flaw.detail);
};

const flawed = (code: YamlFlaw['code'], detail: string): ParsedYaml => ({
  kind: 'flawed',
  flaw: { code, detail, pointer: '' },
});

const composed = (text: string): ParsedYaml => {
  const document = parseDocument(text, {
    version: '1.2',
    schema: 'core',
    merge: false,
    strict: true,
    // The library compares every key with every other one; `flawInKeys` does the same in one pass.
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
  });
  const error = document.errors[0];
  if (error !== undefined) return flawed('malformed', `${error.message} (at character ${error.pos[0]})`);
  const flaw = flawInKeys(document);
  return flaw === undefined ? asJson(document.toJS({ maxAliasCount: 0 })) : flawed(flaw.code, flaw.detail);
};

const flawInKeys = (document: Document): YamlFlaw | undefined => {
  let flaw: YamlFlaw | undefined;
  visit(document, {
    Map: (_key, map) => {
      flaw = flawInKeysOf(map);
      return flaw === undefined ? undefined : visit.BREAK;
    },
  });
  return flaw;
};

const flawInKeysOf = (map: YAMLMap): YamlFlaw | undefined => {
  const seen = new Set<string>();
  for (const { key } of map.items) {
    const name = nameOf(key);
    if (name === undefined) return { code: 'forbidden_syntax', detail: 'a key must be plain text' };
    if (name === '<<') return { code: 'forbidden_syntax', detail: 'merge keys (<<) are not accepted' };
    if (seen.has(name))
      return { code: 'duplicate_key', detail: `the key "${name.slice(0, 80)}" stands twice` };
    seen.add(name);
  }
  return undefined;
};

const nameOf = (key: unknown): string | undefined => {
  const value = isScalar(key) ? key.value : undefined;
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
};

// JSON's rules catch what is left (half surrogates, __proto__, integers beyond 2^53), except what it drops.
const asJson = (value: unknown): ParsedYaml => {
  if (value === null) return flawed('empty', 'the document is empty');
  if (hasNonFinite(value))
    return flawed('number_out_of_range', 'infinite and undefined numbers are not accepted');
  const json = parseStrictJson(Buffer.from(JSON.stringify(value)));
  return json.kind === 'ok' ? json : { kind: 'flawed', flaw: json.flaw };
};

const hasNonFinite = (value: unknown): boolean => {
  if (typeof value === 'number') return !Number.isFinite(value);
  return typeof value === 'object' && value !== null && Object.values(value).some(hasNonFinite);
};
