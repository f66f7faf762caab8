import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { edge } from './edge.ts';

const described = async () => (await (await edge()).inject({ url: '/openapi.json' })).body;

/** Every value that stands under `name`, anywhere in the text. */
const valuesOf = (text: string, name: string): unknown[] => {
  const found: unknown[] = [];
  JSON.parse(text, (key: string, value: unknown) => {
    if (key === name) found.push(value);
    return value;
  });
  return found;
};

describe('schemas in the API description', () => {
  it('refer only to what is there', async () => {
    const text = await described();
    const { components } = JSON.parse(text) as { components: { schemas: Record<string, unknown> } };
    const names = valuesOf(text, '$ref').map(
      (reference) => /^#\/components\/schemas\/(\w+)$/.exec(String(reference))?.[1],
    );
    expect(names.length).toBeGreaterThan(0);
    expect(Object.keys(components.schemas)).toEqual(expect.arrayContaining(names));
  });

  it('are taken by a validator, with what they refer to', async () => {
    const document = JSON.parse(await described()) as object;
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    ajv.addSchema({ ...document, $id: 'skald' });
    const at = '/paths/~1api~1v1~1tasks~1heartbeat/post/requestBody/content/application~1json/schema';
    const accepts = ajv.compile({ $ref: `skald#${at}` });
    const held = { flowId: '0198f3a0-2222-7abc-8def-000000000002', stepName: 'a', action: 'DO', attempt: 1 };
    expect(accepts({ ...held, progress: { percent: [1, null] } })).toBe(true);
    expect(accepts({ ...held, attempt: 0 })).toBe(false);
  });

  it('call nothing read-only: generated clients would leave it out of what they send', async () => {
    const text = await described();
    expect(text).toContain('"excludeTypes"');
    expect(valuesOf(text, 'readOnly')).not.toContain(true);
  });
});
