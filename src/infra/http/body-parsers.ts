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

/** From here on `app` takes JSON by our own rules, and nothing else. An empty body is no body. */
export const parseJsonOnly = (app: FastifyInstance): void => {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body: Buffer, done) => {
    if (body.length === 0) return done(null, undefined);
    const parsed = parseStrictJson(body);
    return parsed.kind === 'ok' ? done(null, parsed.value) : done(malformed('malformed_json', parsed.flaw));
  });
};

/** Adds YAML beside JSON. */
export const parseYamlToo = (app: FastifyInstance): void => {
  app.addContentTypeParser('application/yaml', { parseAs: 'buffer' }, (_request, body: Buffer, done) => {
    if (body.length === 0) return done(null, undefined);
    const parsed = parseStrictYaml(body);
    return parsed.kind === 'ok' ? done(null, parsed.value) : done(malformed('malformed_yaml', parsed.flaw));
  });
};

/** The body as it came: any bytes, or JSON that is checked and then left alone. */
export const keepBytes = (app: FastifyInstance): void => {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    'application/octet-stream',
    { parseAs: 'buffer' },
    (_request, body: Buffer, done) => {
      done(null, body);
    },
  );
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body: Buffer, done) => {
    const flaw = body.length === 0 ? undefined : checkOpaqueJson(body);
    if (flaw === undefined) done(null, body);
    else done(malformed('malformed_json', flaw));
  });
};

const malformed = (code: 'malformed_json' | 'malformed_yaml', flaw: Flaw): Problem => {
  const at = flaw.offset === undefined ? '' : ` (at character ${flaw.offset})`;
  const detail = `${flaw.detail}${at}`;
  return problem(code, detail, { errors: [{ in: 'body', pointer: flaw.pointer, code: flaw.code, detail }] });
};
