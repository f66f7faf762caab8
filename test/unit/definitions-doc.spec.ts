// docs/definitions.md says what a registration may hold, with the defaults that it has.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { registerInput } from '../../src/commands/orchestration/register-input.ts';
import { parseStrictYaml } from '../../src/infra/strict-input/strict-yaml.ts';
import { tableRows } from '../support/markdown-table.ts';

const DOC = readFileSync(new URL('../../docs/definitions.md', import.meta.url), 'utf8');
const EXAMPLE = /^```yaml\n(.*?)^```$/ms.exec(DOC)?.[1] ?? '';

const member = z.looseObject({ default: z.unknown().optional() });
const members = z.looseObject({ properties: z.record(z.string(), member) });
const registration = members.parse(z.toJSONSchema(registerInput, { io: 'input' }));
const step = members.parse(
  z.looseObject({ items: z.unknown() }).parse(registration.properties['steps']).items,
);
const retry = members.parse(step.properties['retry']);

const asWritten = (value: unknown): string => {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
};
const documented = (title: string) =>
  Object.fromEntries(tableRows(DOC, title).map(([name = '', value]) => [name, value]));
const defaultsOf = ({ properties }: z.output<typeof members>) =>
  Object.fromEntries(
    Object.entries(properties).map(([name, { default: value }]) => [name, asWritten(value)]),
  );

/** Two defaults are made while a registration is read, so the schema does not tell them. */
const sparest = registerInput.parse({ orchName: 'a', as: 'worker', steps: [{ name: 'b' }] });
const longestWait = sparest.steps[0]?.retry.maxBackoffMs;

describe('docs/definitions.md', () => {
  it.each([
    { title: 'Member', has: { ...defaultsOf(registration), type: sparest.type } },
    { title: 'Of a step', has: defaultsOf(step) },
    { title: 'Of `retry`', has: { ...defaultsOf(retry), maxBackoffMs: String(longestWait) } },
  ])('names every member of the table "$title", with its default', ({ title, has }) => {
    expect(documented(title)).toEqual(has);
  });

  it('has an example that is taken', () => {
    const parsed = parseStrictYaml(Buffer.from(EXAMPLE));
    const taken = registerInput.safeParse(parsed.kind === 'ok' ? parsed.value : undefined);
    expect(taken).toMatchObject({ success: true, data: { orchName: 'create-tenant', type: 'graph' } });
  });
});
