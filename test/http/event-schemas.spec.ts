import { Ajv2020 } from 'ajv/dist/2020.js';
import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { edge } from './edge.ts';

const GOLDEN = new URL('../golden/events/', import.meta.url);
const golden = z.object({ type: z.string(), schemaVersion: z.string(), examples: z.array(z.unknown()) });
const list = z.object({
  items: z.array(
    z.object({ type: z.string(), version: z.string(), isCurrent: z.boolean(), href: z.string() }),
  ),
});

describe('GET /api/v1/schemas', () => {
  it('has a schema for every form in the golden files, and each of them fits it', async () => {
    const app = await edge();
    const { items } = list.parse((await app.inject({ url: '/api/v1/schemas' })).json());
    const forms = readdirSync(GOLDEN).map((file) =>
      golden.parse(JSON.parse(readFileSync(new URL(file, GOLDEN), 'utf8'))),
    );
    expect(items.map(({ type, version }) => `${type}@${version}`).sort()).toEqual(
      forms.map(({ type, schemaVersion }) => `${type}@${schemaVersion}`).sort(),
    );
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    for (const { type, schemaVersion, examples } of forms) {
      const answer = await app.inject({ url: `/api/v1/schemas/${type}/${schemaVersion}` });
      const fits = ajv.compile(z.record(z.string(), z.unknown()).parse(answer.json()));
      for (const example of examples) expect(fits(example), `${type}@${schemaVersion}`).toBe(true);
    }
  });

  it('says which version new events have, and answers with that one where it is asked for', async () => {
    const app = await edge();
    const { items } = list.parse((await app.inject({ url: '/api/v1/schemas?type=LetterParked' })).json());
    expect(items).toEqual([
      { type: 'LetterParked', version: '1.0', isCurrent: false, href: '/api/v1/schemas/LetterParked/1.0' },
      { type: 'LetterParked', version: '1.1', isCurrent: true, href: '/api/v1/schemas/LetterParked/1.1' },
    ]);
    const [current, named] = await Promise.all(
      ['current', '1.1'].map((version) => app.inject({ url: `/api/v1/schemas/LetterParked/${version}` })),
    );
    expect(current?.json()).toEqual(named?.json());
  });

  it.each([
    ['/api/v1/schemas/SagaSang/1.0', 404, 'unknown_schema'],
    ['/api/v1/schemas/SagaStarted/9.9', 404, 'unknown_schema'],
    ['/api/v1/schemas/SagaStarted/newest', 400, 'invalid_input'],
    ['/api/v1/schemas/..%2Fconfig/1.0', 400, 'invalid_input'],
    ['/api/v1/schemas?colour=blue', 400, 'invalid_input'],
  ])('%s is answered with %i', async (url, status, code) => {
    const app = await edge();
    const answer = await app.inject({ url });
    expect(answer.statusCode).toBe(status);
    expect(answer.json()).toMatchObject({ code });
  });
});
