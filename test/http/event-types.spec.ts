// What is published can be checked against the schema that each record names.
import { Ajv2020 } from 'ajv/dist/2020.js';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { asyncApiOf } from '../../src/infra/messaging/asyncapi.ts';
import { eventTypeForms } from '../../src/infra/messaging/event-types.ts';
import { createTopics } from '../../src/infra/messaging/topics.ts';
import { edge } from './edge.ts';

const item = z.strictObject({
  type: z.string(),
  version: z.string(),
  isCurrent: z.boolean(),
  dataschema: z.string(),
  href: z.string(),
});
const list = z.strictObject({ items: z.array(item) });
const schemaOf = z.looseObject({ $schema: z.string(), $id: z.string() });
const published = z
  .array(z.looseObject({ headers: z.record(z.string(), z.string()), value: z.json() }))
  .parse(JSON.parse(readFileSync(new URL('../golden/integration-events.json', import.meta.url), 'utf8')));

const message = z.looseObject({
  payload: z.looseObject({}),
  headers: z.looseObject({ properties: z.record(z.string(), z.unknown()) }),
});
const busDescription = z.looseObject({
  components: z.looseObject({ messages: z.record(z.string(), message) }),
});

const described = () => edge({}, { eventTypes: eventTypeForms });
const itemsOf = async (app: Awaited<ReturnType<typeof edge>>, query = '') =>
  list.parse((await app.inject({ url: `/api/v1/event-types${query}` })).json()).items;

describe('GET /api/v1/event-types', () => {
  it('has the schema that each published record names, and the record fits it', async () => {
    const app = await described();
    const items = await itemsOf(app);
    expect(new Set(items.map(({ dataschema }) => dataschema)).size).toBe(items.length);
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    const checks = new Map<string, ReturnType<typeof ajv.compile>>();
    for (const { dataschema, href } of items) {
      const schema = schemaOf.parse((await app.inject({ url: href })).json());
      expect(schema.$id).toBe(dataschema);
      checks.set(dataschema, ajv.compile(schema));
    }
    for (const { headers, value } of published) {
      const { ce_dataschema: named = '', ce_type: type = '' } = headers;
      expect(items.find(({ dataschema }) => dataschema === named)).toMatchObject({ type, isCurrent: true });
      expect([named, checks.get(named)?.(value)]).toEqual([named, true]);
    }
    expect(checks.get('urn:skald:schema:dev.skald.saga.started.v1:1.0')?.({ stream: 's' })).toBe(false);
  });

  it('keeps the versions that topics may still hold, and says which is published now', async () => {
    const app = await described();
    const type = 'dev.skald.deadletter.letter-parked.v1';
    const items = await itemsOf(app, `?type=${type}`);
    expect(items.map(({ version, isCurrent }) => [version, isCurrent])).toEqual([
      ['1.0', false],
      ['1.1', true],
    ]);
    const [current, named] = await Promise.all(
      ['current', '1.1'].map((version) =>
        app.inject({ url: `/api/v1/event-types/${type}/schemas/${version}` }),
      ),
    );
    expect(current?.json()).toEqual(named?.json());
  });

  it('says the same of the form of now as the description of the bus', async () => {
    const app = await described();
    const bus = busDescription.parse(
      JSON.parse(JSON.stringify(asyncApiOf(createTopics({ namespace: 'skald' })))),
    );
    for (const { type, dataschema, href } of (await itemsOf(app)).filter(({ isCurrent }) => isCurrent)) {
      const known = bus.components.messages[type];
      expect((await app.inject({ url: href })).json()).toEqual({
        $schema: 'https://json-schema.org/draft/2020-12/schema',
        $id: dataschema,
        ...known?.payload,
      });
      const { ce_type, ce_dataschema } = known?.headers.properties ?? {};
      expect([ce_type, ce_dataschema]).toMatchObject([{ const: type }, { const: dataschema }]);
    }
  });

  it('is empty where nothing is published', async () => {
    expect(await itemsOf(await edge())).toEqual([]);
  });

  it.each([
    ['/api/v1/event-types/dev.skald.saga.sang.v1/schemas/1.0', 404, 'unknown_schema'],
    ['/api/v1/event-types/dev.skald.saga.started.v1/schemas/9.9', 404, 'unknown_schema'],
    ['/api/v1/event-types/dev.skald.saga.started.v1/schemas/newest', 400, 'invalid_input'],
    ['/api/v1/event-types/Saga%2FStarted/schemas/1.0', 400, 'invalid_input'],
    ['/api/v1/event-types?colour=blue', 400, 'invalid_input'],
  ])('%s is answered with %i', async (url, status, code) => {
    const answer = await (await described()).inject({ url });
    expect([answer.statusCode, answer.json()]).toMatchObject([status, { code }]);
  });
});
