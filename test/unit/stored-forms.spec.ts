import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { isUnknownForm, parserOf } from '../../src/domain/aggregate.ts';

const table = {
  ParcelWeighed: z.strictObject({ grams: z.int(), scale: z.string().default('unknown') }),
  ParcelSent: z.strictObject({ to: z.string() }),
};

// Major 1 had kilograms, major 2 had `weight` in grams; ParcelSent never changed.
const kilograms = z.strictObject({ kilograms: z.number() });
const weight = z.strictObject({ weight: z.int() });
const upcasters = {
  ParcelWeighed: {
    1: (data: unknown) => ({ weight: Math.round(kilograms.parse(data).kilograms * 1000) }),
    2: (data: unknown) => ({ grams: weight.parse(data).weight }),
  },
};

const parse = parserOf(table, '3.1', upcasters);
const stored = (type: string, schemaVersion: string, data: unknown) => ({
  ...{ type, data, metadata: { schemaVersion } },
});
const failure = (type: string, schemaVersion: string, data: unknown): unknown => {
  try {
    return parse(stored(type, schemaVersion, data));
  } catch (error) {
    return error;
  }
};

describe('a stored form (F-X-04)', () => {
  it.each([
    ['1.0', { kilograms: 1.25 }],
    ['2.7', { weight: 1250 }],
    ['3.0', { grams: 1250 }],
  ])('of version %s is brought to the current one, step by step', (version, data) => {
    expect(parse(stored('ParcelWeighed', version, data))).toEqual({
      type: 'ParcelWeighed',
      data: { grams: 1250, scale: 'unknown' },
    });
  });

  it('of a type that never changed is taken as it is, in any version', () => {
    for (const version of ['1.0', '2.0', '3.1'])
      expect(parse(stored('ParcelSent', version, { to: 'Bergen' })).data).toEqual({ to: 'Bergen' });
  });

  it('of a newer minor version is taken where the schema knows it', () => {
    expect(parse(stored('ParcelSent', '3.9', { to: 'Bergen' })).data).toEqual({ to: 'Bergen' });
  });

  it.each([
    ['of a newer major version', 'ParcelSent', '4.0', { to: 'Bergen' }],
    ['of an unknown type', 'ParcelLost', '3.1', {}],
    ['that is not of the version it claims', 'ParcelWeighed', '1.0', { weight: 1250 }],
    ['with a member nobody knows', 'ParcelSent', '3.9', { to: 'Bergen', by: 'sea' }],
  ])('%s is refused as unknown', (_what, type, version, data) => {
    expect(isUnknownForm(failure(type, version, data))).toBe(true);
  });
});
