import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DIRECTORY, generate } from '../../sdk/generate/generate.ts';
import { withoutCall, operations } from '../../sdk/generate/operations.ts';
import { client } from '../../sdk/src/client.ts';
import { edge } from '../http/edge.ts';

type OpenApi = { paths: Record<string, Record<string, Record<string, unknown>>> };

const described = async () => {
  const app = await edge();
  return (await app.inject({ url: '/openapi.json' })).json<OpenApi>();
};
const keysOf = ({ paths }: OpenApi) =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );

describe('the generated part of the SDK', () => {
  it('is what the description of the running API makes it (otherwise: npm run sdk:generate)', async () => {
    const made = await generate(await described());
    const found = readdirSync(DIRECTORY).map((name) => [name, readFileSync(join(DIRECTORY, name), 'utf8')]);
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(made));
  });

  it('has a call for every operation that is meant for one', async () => {
    const served = keysOf(await described()).filter((key) => !withoutCall.includes(key));
    expect(Object.keys(operations).sort()).toEqual(served.sort());
    const skald = client({ url: 'http://127.0.0.1:1' });
    for (const { group, name } of Object.values(operations)) {
      expect(skald).toHaveProperty([group, name], expect.any(Function));
    }
  });

  it('is refused for an operation without a name, and for a name without an operation', async () => {
    const description = await described();
    const more = { ...description.paths, '/api/v1/more': description.paths['/livez'] };
    await expect(generate({ ...description, paths: more })).rejects.toThrow('no name for GET /api/v1/more');
    const fewer = Object.fromEntries(Object.entries(description.paths).filter(([path]) => path !== '/livez'));
    await expect(generate({ ...description, paths: fewer })).rejects.toThrow(
      'GET /livez, which is not served',
    );
  });

  it('changes where a parameter, a body or an answer changes', { timeout: 60_000 }, async () => {
    const made = await generate(await described());
    const alter = async (change: (description: OpenApi) => void) => {
      const description = structuredClone(await described());
      change(description);
      const altered = await generate(description);
      return [...altered].filter(([name, text]) => made.get(name) !== text).map(([name]) => name);
    };
    const inBody = { properties: { more: { type: 'string' } }, type: 'object' };
    const body = { required: true, content: { 'application/json': { schema: inBody } } };
    expect(
      await alter(({ paths }) => {
        const cancel = paths['/api/v1/sagas/{flowId}/cancel']?.['post'];
        if (cancel !== undefined) cancel['requestBody'] = body;
      }),
    ).toEqual(['runs.ts']);
    expect(
      await alter(({ paths }) => {
        const timers = paths['/api/v1/timers']?.['get'];
        if (timers !== undefined) timers['parameters'] = [];
      }),
    ).toEqual(['timers.ts']);
    expect(
      await alter(({ paths }) => {
        const live = paths['/livez']?.['get'];
        if (live !== undefined)
          live['responses'] = { 200: { content: { 'application/json': { schema: inBody } } } };
      }),
    ).toEqual(['service.ts']);
  });
});
