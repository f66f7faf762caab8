// Rules that the description of every operation keeps, so that the SDK and whoever generates a client may count on them.
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { addressOf } from './auth-edge.ts';
import { edge } from './edge.ts';

type Json = Readonly<Record<string, unknown>>;

const ID = '0198f3a0-2222-7abc-8def-000000000002';
const PLACES = {
  ...{ instanceId: '7', batchId: ID, shiftId: ID, letterId: ID, redriveId: ID, sessionId: ID },
  ...{ number: '1' },
};

const operation = z.looseObject({
  parameters: z.array(z.looseObject({ in: z.string(), name: z.string() })).default([]),
  responses: z.record(z.string(), z.looseObject({ headers: z.record(z.string(), z.unknown()).default({}) })),
});
type Operation = z.infer<typeof operation>;
const document = z.looseObject({
  paths: z.record(z.string(), z.record(z.string(), operation)),
  components: z.looseObject({ schemas: z.record(z.string(), z.unknown()) }),
});

const read = async () => {
  const { paths, components } = document.parse(
    (await (await edge()).inject({ url: '/openapi.json' })).json(),
  );
  const all = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, one]) => ({ name: `${method.toUpperCase()} ${path}`, ...one })),
  );
  return { all, resolve: resolverOf(components.schemas) };
};

let held: ReturnType<typeof read> | undefined;
const described = () => (held ??= read());

const reference = z.object({ $ref: z.string() });
const schema = z.looseObject({
  properties: z.record(z.string(), z.unknown()).default({}),
  anyOf: z.array(z.unknown()).default([]),
});
const jsonContent = z.object({
  content: z.object({ 'application/json': z.object({ schema: z.unknown() }) }),
});

/** Names of the members that each form of an answer may have. */
const resolverOf = (schemas: Json) => {
  const membersOf = (given: unknown): readonly (readonly string[])[] => {
    const { data: target } = reference.safeParse(given);
    if (target !== undefined) return membersOf(schemas[target.$ref.split('/').at(-1) ?? '']);
    const { properties, anyOf } = schema.parse(given);
    return anyOf.length > 0 ? anyOf.flatMap(membersOf) : [Object.keys(properties)];
  };
  return ({ responses }: Operation): readonly (readonly string[])[] =>
    Object.entries(responses)
      .filter(([status]) => /^2\d\d$/.test(status))
      .flatMap(([, answer]) => {
        const { data } = jsonContent.safeParse(answer);
        return data === undefined ? [] : membersOf(data.content['application/json'].schema);
      });
};

const parametersOf = ({ parameters }: Operation, where: string): readonly string[] =>
  parameters.filter((one) => one.in === where).map(({ name }) => name);

/** They say nothing of the log: descriptions, health, measurements, and what the projector does. */
const NOT_OF_THE_LOG =
  /^GET (?:\/[a-z]+|\/(?:open|async)api\.json|\/actuator\/.*|\/api\/orchestration\/health|\/api\/v1\/(?:schemas|event-types|projections|workers\/stream|feed).*)$/;
/** Signed as it is: a member more and nobody could check it. */
const SIGNED = 'GET /api/v1/audit/checkpoints/{number}';
/** What workers do is told per answer; what the projector does is not in the log; the reference answers nothing. */
const WITHOUT_POSITION = /^(?:POST|DELETE) (?:\/api\/intern.*|\/api\/v1\/(?:tasks|workers|projections)\/.*)$/;

describe('every query', () => {
  it('of what is in the log takes minPosition and says which position it reflects', async () => {
    const { all, resolve } = await described();
    const queries = all.filter(({ name }) => name.startsWith('GET ') && !NOT_OF_THE_LOG.test(name));
    expect(queries.length).toBeGreaterThan(30);
    const missing = queries.filter(
      (one) =>
        !parametersOf(one, 'query').includes('minPosition') ||
        (one.name !== SIGNED && !resolve(one).every((members) => members.includes('position'))),
    );
    expect(missing.map(({ name }) => name)).toEqual([]);
  });

  it('that is asked how it was says in headers up to where the answer counts', async () => {
    const { all } = await described();
    const asked = all.filter((one) => parametersOf(one, 'query').includes('asOf'));
    expect(asked.length).toBeGreaterThan(15);
    const told = ['Skald-As-Of-Position', 'Skald-As-Of-Exact', 'Skald-As-Of-Recorded-At'];
    for (const { name, responses } of asked)
      expect([name, Object.keys(responses['200']?.headers ?? {})]).toEqual([
        name,
        expect.arrayContaining(told),
      ]);
  });

  it('refuses a position that nobody gave out', async () => {
    const app = await edge();
    const { all } = await described();
    const asking = all.filter((one) => parametersOf(one, 'query').includes('minPosition'));
    for (const { name } of asking.filter((one) => one.name.startsWith('GET '))) {
      const url = addressOf(name.slice('GET '.length).replaceAll(/\{(\w+)\}/g, ':$1'), PLACES);
      const answer = await app.inject({ url: `${url}?minPosition=x` });
      expect([name, answer.statusCode, answer.json<Json>()['code']]).toEqual([name, 400, 'bad_cursor']);
    }
  });

  it('whose answer has pages takes a cursor and a limit, and has no offset and no total', async () => {
    const { all, resolve } = await described();
    const lists = all.filter(
      (one) => one.name.startsWith('GET ') && resolve(one).some((members) => members.includes('nextCursor')),
    );
    expect(lists.length).toBeGreaterThan(12);
    for (const one of lists) {
      const taken = parametersOf(one, 'query');
      expect([one.name, taken]).toEqual([one.name, expect.arrayContaining(['limit'])]);
      expect([one.name, taken.some((name) => name === 'cursor' || name === 'from')]).toEqual([
        one.name,
        true,
      ]);
      expect([...taken, ...resolve(one).flat()]).not.toContain('offset');
      expect(resolve(one).flat()).not.toContain('total');
    }
  });
});

describe('every command', () => {
  it('answers a position', async () => {
    const { all, resolve } = await described();
    const commands = all.filter(({ name }) => !name.startsWith('GET ') && !WITHOUT_POSITION.test(name));
    expect(commands.length).toBeGreaterThan(30);
    const without = commands.filter((one) => !resolve(one).every((members) => members.includes('position')));
    expect(without.map(({ name }) => name)).toEqual([]);
  });

  it('that takes effect once by its key says so of a repeated answer', async () => {
    const { all } = await described();
    const keyed = all.filter((one) => parametersOf(one, 'header').includes('Idempotency-Key'));
    expect(keyed.length).toBeGreaterThan(30);
    for (const { name, responses } of keyed.filter((one) => !one.name.includes('/intern')))
      for (const [, { headers }] of Object.entries(responses).filter(([status]) => status.startsWith('2')))
        expect([name, Object.keys(headers)]).toEqual([
          name,
          expect.arrayContaining(['Idempotency-Replayed']),
        ]);
  });

  it('that is answered before it is over says where to look', async () => {
    const { all } = await described();
    for (const { name, responses } of all)
      for (const status of ['201', '202'].filter((each) => each in responses))
        expect([name, Object.keys(responses[status]?.headers ?? {})]).toEqual([
          name,
          expect.arrayContaining(['Location']),
        ]);
  });
});

describe('every failure', () => {
  it('may say when to come again', async () => {
    const { all } = await described();
    for (const { name, responses } of all)
      for (const status of ['4XX', '5XX'])
        expect([name, Object.keys(responses[status]?.headers ?? {})]).toEqual([name, ['Retry-After']]);
  });
});
