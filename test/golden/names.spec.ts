// How events are named and described, all of them at once: as they are stored, and as they go out on the bus.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

const fileAt = (path: string): unknown =>
  JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')) as unknown;
const SCHEMAS = '../../src/schemas/';
const files = readdirSync(new URL(SCHEMAS, import.meta.url));

const described = z.looseObject({ $schema: z.string() });
const object = z.looseObject({ type: z.literal('object'), additionalProperties: z.unknown() });
const withMembers = z.looseObject({ properties: z.record(z.string(), z.unknown()) });

/** Everything within a schema that is an object of JSON Schema's, itself included. */
const partsOf = (value: unknown): readonly object[] => {
  if (typeof value !== 'object' || value === null) return [];
  return [value, ...Object.values(value).flatMap(partsOf)];
};

describe('stored events', () => {
  it.each(files)('%s has a name without a version, and one form', (file) => {
    expect(file).toMatch(/^(?:[A-Z][a-z]+)+@[1-9]\d*\.\d+\.json$/);
    const schema = fileAt(SCHEMAS + file);
    expect(described.parse(schema).$schema).toBe('https://json-schema.org/draft/2020-12/schema');
    const parts = partsOf(schema);
    const members = parts.flatMap((part) => Object.keys(withMembers.safeParse(part).data?.properties ?? {}));
    for (const member of members) expect(member).toMatch(/^[a-z][A-Za-z0-9]*$/);
    // Time that passes has its unit in its name.
    for (const member of members.filter((name) => /timeout|backoff|delay|duration|interval/i.test(name)))
      expect(member).toMatch(/Ms$/);
    for (const part of parts) {
      const { data } = object.safeParse(part);
      if (data !== undefined) expect([file, data.additionalProperties]).not.toEqual([file, true]);
    }
  });
});

const records = z
  .array(z.looseObject({ headers: z.record(z.string(), z.string()), key: z.string() }))
  .parse(fileAt('integration-events.json'));
const REQUIRED = ['specversion', 'id', 'source', 'type', 'subject', 'time'];
const EXTENSIONS = ['dataschema', 'sequence', 'correlationid', 'causationid', 'partitionkey'];

describe('events on the bus', () => {
  it('are CloudEvents in binary mode, with registered or plain names', () => {
    expect(records.length).toBeGreaterThan(50);
    for (const { headers, key } of records) {
      const names = Object.keys(headers);
      for (const name of [...REQUIRED, ...EXTENSIONS]) expect(names).toContain(`ce_${name}`);
      for (const name of names.filter((each) => each.startsWith('ce_')))
        expect(name).toMatch(/^ce_[a-z0-9]+$/);
      expect(headers).toMatchObject({ ce_specversion: '1.0', 'content-type': 'application/json' });
      expect(headers['ce_type']).toMatch(/^dev\.skald\.[a-z]+\.[a-z]+(?:-[a-z]+)*\.v[1-9]\d*$/);
      expect(headers['ce_time']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      expect(headers['traceparent']).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
      // An absolute URI, and of this very type.
      expect(headers['ce_dataschema']).toMatch(
        /^urn:skald:schema:dev\.skald\.[a-z.-]+\.v[1-9]\d*:[1-9]\d*\.\d+$/,
      );
      expect(headers['ce_dataschema']).toContain(`:${headers['ce_type'] ?? ''}:`);
      expect([headers['ce_subject'], headers['ce_partitionkey']]).toEqual([key, key]);
    }
  });
});
