// What a caller reads of request headers in the description of the API.
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { edge } from './edge.ts';

const parameter = z.object({
  ...{ in: z.string(), name: z.string(), description: z.string().default('') },
  schema: z.object({ pattern: z.string().default('') }),
});
const operation = z.object({
  parameters: z.array(parameter).default([]),
  requestBody: z.object({ required: z.boolean() }).optional(),
});
const document = z.object({ paths: z.record(z.string(), z.record(z.string(), operation)) });

const described = async () => {
  const app = await edge();
  const { paths } = document.parse((await app.inject({ url: '/openapi.json' })).json());
  const of = (method: string, path: string) => operation.parse(paths[path]?.[method]);
  const headersOf = (method: string, path: string) =>
    of(method, path)
      .parameters.filter((each) => each.in === 'header' && each.description !== '')
      .map(({ name }) => name)
      .sort();
  return { of, headersOf };
};

describe('the API description, of request headers', () => {
  it('names who registers, the key of a command, and its conversation', async () => {
    const { headersOf } = await described();
    const command = ['Idempotency-Key', 'X-Correlation-ID', 'traceparent'];
    const register = ['Idempotency-Key', 'X-Correlation-ID', 'X-Service-Name', 'traceparent'];
    expect(headersOf('post', '/api/orchestration/register')).toEqual(register);
    const start = ['Idempotency-Key', 'Prefer', 'X-Correlation-ID', 'flowId', 'traceparent'];
    expect(headersOf('post', '/api/orchestration/execute/{orchName}')).toEqual(start);
    expect(headersOf('post', '/api/orchestration/undo/{flowId}')).toEqual(command);
    expect(headersOf('delete', '/api/v1/instances/{instanceId}')).toEqual(command);
    const seen = [...command, 'If-Match'].sort();
    expect(headersOf('post', '/api/v1/timers/{flowId}/{step}/{action}/fire')).toEqual(seen);
    const edit = [...command, 'If-Match'].sort();
    expect(headersOf('post', '/api/v1/dead-letters/{letterId}/edit')).toEqual(edit);
  });

  it('names the wait where an answer may be waited for', async () => {
    const { headersOf } = await described();
    expect(headersOf('get', '/api/v1/sagas/{flowId}')).toEqual(['If-None-Match', 'Prefer']);
    expect(headersOf('get', '/api/v1/workers')).toEqual(['Prefer']);
    expect(headersOf('post', '/api/orchestration/execute/{orchName}')).toContain('Prefer');
  });

  it('names none where none is looked at', async () => {
    const { headersOf } = await described();
    expect(headersOf('get', '/livez')).toEqual([]);
    expect(headersOf('post', '/api/v1/tasks/poll')).toEqual([]);
    expect(headersOf('post', '/api/v1/projections/{name}/rebuild')).toEqual([]);
    expect(headersOf('post', '/api/v1/instances/batch')).toEqual([]);
  });

  it.each([
    [
      'Idempotency-Key',
      '/api/orchestration/register',
      ['a key', '~'.repeat(255)],
      ['', 'é', '~'.repeat(256)],
    ],
    ['X-Service-Name', '/api/orchestration/register', ['tenant-service'], ['7', 'a b']],
    ['flowId', '/api/orchestration/execute/{orchName}', ['0198f3a0-2222-7abc-8def-000000000002'], ['7', '']],
    ['If-Match', '/api/v1/dead-letters/{letterId}/edit', ['"7"', '*'], ['7', 'W/"7"', '"7", "8"']],
    ['If-Match', '/api/v1/timers/{flowId}/{step}/{action}/fire', ['"7"'], ['7', '*']],
  ])('says which form %s has at %s', async (name, path, taken, refused) => {
    const { of } = await described();
    const found = of('post', path).parameters.find((each) => each.name === name);
    const form = new RegExp(found?.schema.pattern ?? '');
    for (const value of taken) expect([value, form.test(value)]).toEqual([value, true]);
    for (const value of refused) expect([value, form.test(value)]).toEqual([value, false]);
  });

  it('says that a run may be started with nothing', async () => {
    const { of } = await described();
    expect(of('post', '/api/orchestration/execute/{orchName}').requestBody).toEqual({ required: false });
  });
});
