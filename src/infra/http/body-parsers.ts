import type { FastifyInstance } from 'fastify';
import { problem } from './problem-details.ts';
import type { Problem } from './problem-details.ts';
import { checkOpaqueJson, parseStrictJson } from '../strict-input/strict-json.ts';
import { parseStrictYaml } from '../strict-input/strict-yaml.ts';

type Flaw = {
  readonly code: string;
  readonly detail: string;
  readonly pointer: string;
  readonly offset?: number;
};
type Parsed =
  { readonly kind: 'ok'; readonly value: unknown } | { readonly kind: 'flawed'; readonly flaw: Flaw };
type Code = 'malformed_json' | 'malformed_yaml';

const JSON_TYPE = 'application/json';
const AS_BUFFER = { parseAs: 'buffer' } as const;

/** From here on `app` takes JSON by our own rules, and nothing else. An empty body is no body. */
export const parseJsonOnly = (app: FastifyInstance): void => {
  app.removeAllContentTypeParsers();
  addParser(app, JSON_TYPE, 'malformed_json', parseStrictJson);
};

/** Adds YAML beside JSON. */
export const parseYamlToo = (app: FastifyInstance): void =>
  addParser(app, 'application/yaml', 'malformed_yaml', parseStrictYaml);

const addParser = (app: FastifyInstance, type: string, code: Code, parse: (bytes: Uint8Array) => Parsed) => {
  app.addContentTypeParser(type, AS_BUFFER, (_request, body: Buffer, done) => {
    if (body.length === 0) return done(null, undefined);
    const parsed = parse(body);
    return parsed.kind === 'ok' ? done(null, parsed.value) : done(malformed(code, parsed.flaw));
  });
};

/** The body as it came: any bytes, or JSON that is checked and then left alone. */
export const keepBytes = (app: FastifyInstance): void => {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/octet-stream', AS_BUFFER, (_request, body, done) => done(null, body));
  app.addContentTypeParser(JSON_TYPE, AS_BUFFER, (_request, body: Buffer, done) => {
    const flaw = body.length === 0 ? undefined : checkOpaqueJson(body);
    if (flaw === undefined) done(null, body);
    else done(malformed('malformed_json', flaw));
  });
};

const malformed = (code: Code, flaw: Flaw): Problem => {
  const at = flaw.offset === undefined ? '' : ` (at character ${flaw.offset})`;
  const detail = `${flaw.detail}${at}`;
  return problem(code, detail, { errors: [{ in: 'body', pointer: flaw.pointer, code: flaw.code, detail }] });
};
