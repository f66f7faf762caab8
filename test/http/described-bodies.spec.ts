// Bodies made from the description of the API: what it allows is taken, what it does not is refused. Whoever reads nothing
// else must come through. A failure names its seed: SEED=<it> makes the same bodies again.
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { addressOf } from './auth-edge.ts';
import { edge, FLOW, JSON_TYPE } from './edge.ts';

const keywords = {
  ...{ $ref: z.string(), const: z.unknown(), enum: z.array(z.unknown()), pattern: z.string() },
  ...{ format: z.string(), minLength: z.int(), maxLength: z.int(), minItems: z.int() },
  ...{ minimum: z.number(), exclusiveMinimum: z.number(), maximum: z.number() },
  ...{ type: z.union([z.string(), z.array(z.string())]), required: z.array(z.string()) },
  ...{ properties: z.record(z.string(), z.unknown()), items: z.unknown() },
  ...{ anyOf: z.array(z.unknown()), oneOf: z.array(z.unknown()) },
};
const schema = z.looseObject(keywords).partial();
type Schema = z.infer<typeof schema>;

const textOf = ({ pattern, format, minLength = 0, maxLength = 40 }: Schema): fc.Arbitrary<unknown> => {
  if (format === 'date-time')
    return fc
      .date({ min: new Date(0), max: new Date('9999-12-31T00:00:00Z'), noInvalidDate: true })
      .map((time) => time.toISOString());
  if (format === 'int64') return fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String);
  if (format === 'byte')
    return fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes).toString('base64'));
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern));
  return fc.string({ minLength, maxLength: Math.min(maxLength, minLength + 20) });
};

const numberOf = ({ minimum, exclusiveMinimum, maximum }: Schema): fc.Arbitrary<unknown> => {
  const least = minimum ?? (exclusiveMinimum ?? Number.MIN_SAFE_INTEGER - 1) + 1;
  return fc.constantFrom(least, maximum ?? Number.MAX_SAFE_INTEGER, Math.max(least, 1), Math.max(least, 2));
};

const objectOf = ({ properties = {}, required = [] }: Schema): fc.Arbitrary<unknown> =>
  fc.record(Object.fromEntries(Object.entries(properties).map(([name, each]) => [name, valueOf(each)])), {
    requiredKeys: required,
    noNullPrototype: true,
  });

const valueOf = (given: unknown): fc.Arbitrary<unknown> => {
  const one = schema.parse(given);
  const any = one.anyOf ?? one.oneOf;
  if (any !== undefined) return fc.oneof(...any.map(valueOf));
  if (one.enum !== undefined) return fc.constantFrom(...one.enum);
  if (Array.isArray(one.type)) return fc.oneof(...one.type.map((type) => valueOf({ ...one, type })));
  return OF_TYPE[one.type ?? '']?.(one) ?? fc.constantFrom<unknown>(null, 1, 'é', [], { a: [1, null] });
};

const OF_TYPE: Readonly<Record<string, (one: Schema) => fc.Arbitrary<unknown>>> = {
  ...{ string: textOf, integer: numberOf, number: numberOf, object: objectOf },
  boolean: () => fc.boolean(),
  null: () => fc.constant(null),
  array: ({ items, minItems = 0 }) => fc.array(valueOf(items), { minLength: minItems, maxLength: 3 }),
};

const isFields = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const list = z.array(z.unknown());

/** A value with one thing in it left out, added, or put in place of another. */
const alteredFrom = (value: unknown): fc.Arbitrary<unknown> => {
  const other = fc.constantFrom<unknown>(null, {}, [], -1, 1e308, '', 'no such', 'x'.repeat(400_000), true);
  const { data: [first, ...rest] = [] } = list.safeParse(value);
  if (first !== undefined) return alteredFrom(first).map((altered) => [altered, ...rest]);
  if (!isFields(value)) return other;
  const names = Object.keys(value);
  if (names.length === 0) return fc.constantFrom<unknown>([], 'x', { unknown: 1 });
  return fc.constantFrom(...names).chain((name) => {
    const without = Object.fromEntries(Object.entries(value).filter(([each]) => each !== name));
    const within = alteredFrom(value[name]).map((inner) => ({ ...value, [name]: inner }));
    return fc.oneof(within, fc.constantFrom<unknown>(without, { ...value, unknown: 1 }));
  });
};

const operation = z.looseObject({
  requestBody: z.looseObject({ content: z.record(z.string(), z.object({ schema })) }).optional(),
});
const document = z.looseObject({ paths: z.record(z.string(), z.record(z.string(), operation)) });
const flaw = z.looseObject({ code: z.string(), pointer: z.string() });
const refusal = z.looseObject({ code: z.string().optional(), errors: z.array(flaw).default([]) });

const PLACES = Object.fromEntries(
  ['flowId', 'batchId', 'shiftId', 'letterId', 'redriveId', 'sessionId'].map((name) => [name, FLOW]),
);
const SEED = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
/** What has to go with the values of other fields: no schema says so. */
const WEIGHED = /^(?:\/definition)?\/(?:orchestrationName|results\/.+|filter\/.+)$/;
const isOfForm = ({ code = 'invalid_input', errors }: z.infer<typeof refusal>): boolean =>
  code === 'invalid_input' &&
  (errors.length === 0 || errors.some((flaw) => flaw.code !== 'custom' || !WEIGHED.test(flaw.pointer)));

const bodies = async () => {
  const app = await edge();
  const description = document.parse((await app.inject({ url: '/openapi.json' })).json());
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema({ ...description, $id: 'skald' });
  return Object.entries(description.paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, { requestBody }]) => {
      const described = requestBody?.content['application/json']?.schema;
      if (described === undefined || path.includes('/execute/')) return [];
      const at = `/paths/${path.replaceAll('/', '~1')}/${method}/requestBody/content/application~1json/schema`;
      const allows = ajv.compile({ $ref: `skald#${encodeURI(at)}` });
      const url = addressOf(path.replaceAll(/\{(\w+)\}/g, ':$1'), { ...PLACES, instanceId: '7' });
      const sent = async (body: unknown) => {
        const method_ = method === 'delete' ? 'DELETE' : 'POST';
        const answer = await app.inject({
          ...{ method: method_, url, headers: JSON_TYPE, payload: JSON.stringify(body) },
        });
        return { status: answer.statusCode, ...refusal.parse(answer.json()) };
      };
      return [{ name: `${method} ${path}`, allows, sent, of: valueOf(described) }];
    }),
  );
};

describe(`bodies as they are described (seed ${SEED})`, () => {
  it('are taken where they are allowed, and only there', { timeout: 60_000 }, async () => {
    const all = await bodies();
    expect(all.length).toBeGreaterThan(30);
    for (const { name, allows, sent, of } of all) {
      const allowed = of.filter((body) => allows(body));
      const taken = fc.asyncProperty(allowed, async (body) => {
        const { status, ...why } = await sent(body);
        expect([name, body, status === 400 && isOfForm(why) ? why : {}]).toEqual([name, body, {}]);
      });
      await fc.assert(taken, { seed: SEED, numRuns: 15 });
      const others = allowed.chain(alteredFrom).filter((body) => body !== null && !allows(body));
      const refused = fc.asyncProperty(others, async (body) => {
        const { status } = await sent(body);
        expect([name, body, status]).toEqual([name, body, expect.toBeOneOf([400, 413])]);
      });
      await fc.assert(refused, { seed: SEED, numRuns: 25 });
    }
  });
});
