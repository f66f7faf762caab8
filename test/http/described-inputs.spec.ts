// What the description of the API says of what it takes is what it takes: no more, no less.
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { registerInput } from '../../src/commands/orchestration/register-input.ts';
import { edge, sagaViewWith } from './edge.ts';

const schema = z.record(z.string(), z.unknown());
const operation = z.looseObject({
  parameters: z.array(z.looseObject({ in: z.string(), name: z.string(), schema })).default([]),
  requestBody: z
    .object({ required: z.boolean(), content: z.record(z.string(), z.object({ schema })) })
    .optional(),
  responses: z.record(z.string(), z.looseObject({ headers: schema.optional(), content: schema.optional() })),
});
const document = z.object({ paths: z.record(z.string(), z.record(z.string(), operation)) });

const described = async () => {
  const app = await edge({ getSaga: () => Promise.resolve(sagaViewWith()) });
  const { paths } = document.parse((await app.inject({ url: '/openapi.json' })).json());
  const all = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, each]) => ({ path, method, ...each })),
  );
  return { app, paths, all };
};
const accepting = (one: object) => new Ajv2020({ strict: false, validateFormats: false }).compile(one);

describe('what the API description says of a limit', () => {
  it('is what is taken: whole numbers from 1 to the greatest', async () => {
    const { app, all } = await described();
    const limits = all.flatMap(({ path, parameters }) =>
      parameters
        .filter((one) => one.in === 'query' && one.name === 'limit')
        .map((one) => ({ path, ...one.schema })),
    );
    expect(limits.length).toBeGreaterThan(10);
    for (const limit of limits)
      expect(limit).toMatchObject({
        type: 'integer',
        minimum: 1,
        maximum: expect.any(Number) as number,
      });
    const { maximum, default: first } = z
      .looseObject({ maximum: z.int(), default: z.int() })
      .parse(limits.find(({ path }) => path === '/api/v1/sagas'));
    expect([maximum, first]).toEqual([500, 50]);
    const statusFor = async (limit: number) =>
      (await app.inject({ url: `/api/v1/sagas?limit=${limit}` })).statusCode;
    expect(await statusFor(maximum)).toBe(200);
    expect(await statusFor(maximum + 1)).toBe(400);
  });
});

describe('what the API description says of bodies', () => {
  it.each(['intern', 'intern-klient'])('names the ids of a batch at /api/%s', async (family) => {
    const { paths } = await described();
    const { requestBody } = operation.parse(
      paths[`/api/${family}/handlinger/instanser/prov-igjen/batch`]?.['post'],
    );
    expect(requestBody).toEqual({
      required: true,
      content: {
        'application/json': {
          schema: { type: 'array', items: { type: 'integer', format: 'int64' }, maxItems: 4000 },
        },
      },
    });
  });

  it('has the types of an orchestration, as they are taken, and which one it is by itself', async () => {
    const { paths } = await described();
    const { requestBody } = operation.parse(paths['/api/orchestration/register']?.['post']);
    const { properties } = z
      .looseObject({ properties: z.record(z.string(), schema) })
      .parse(requestBody?.content['application/json']?.schema);
    const type = properties['type'] ?? {};
    expect(type['default']).toBe('sequential');
    expect(JSON.stringify(type)).toContain('"enum":["sequential","simultaneous","graph","parallel"]');
    const accepts = accepting(type);
    for (const one of ['sequential', 'Parallel', 'GRAPH', 'simultaneously', 'xgraph', '']) {
      const taken = registerInput.safeParse({ orchName: 'a', as: 'worker', steps: [], type: one }).success;
      expect([one, accepts(one)]).toEqual([one, taken]);
    }
  });
});

describe('what the API description says of what has not changed', () => {
  const TAGGED = [
    '/api/v1/sagas/{flowId}',
    '/api/v1/orchestrations/{name}',
    '/api/v1/dead-letters/{letterId}',
    '/api/v1/instances/{instanceId}',
    '/api/v1/instances/{instanceId}/history',
    '/api/v1/instances/retries/{batchId}',
    '/api/v1/timers/shifts/{shiftId}',
    '/api/v1/replay/sessions/{sessionId}',
  ];

  it('is told of each resource that has a tag, and of no other', async () => {
    const { all } = await described();
    const telling = all.filter(({ responses }) => '304' in responses);
    expect(telling.map(({ path }) => path).sort()).toEqual([...TAGGED].sort());
    for (const { method, parameters, responses } of telling) {
      expect(method).toBe('get');
      expect(parameters.filter((one) => one.in === 'header').map((one) => one.name)).toContain(
        'If-None-Match',
      );
      expect(responses['200']?.headers).toHaveProperty('ETag');
      expect(responses['304']).not.toHaveProperty('content');
    }
  });

  it('is answered so', async () => {
    const { app } = await described();
    const url = '/api/v1/sagas/0198f3a0-2222-7abc-8def-000000000002';
    const { etag = '' } = (await app.inject({ url })).headers;
    const again = await app.inject({ url, headers: { 'if-none-match': etag } });
    expect([again.statusCode, again.body]).toEqual([304, '']);
    const head = await app.inject({ method: 'HEAD', url, headers: { 'if-none-match': etag } });
    // A cache would take a length for that of what it has.
    expect([head.statusCode, head.headers['content-length']]).toEqual([304, undefined]);
  });
});
