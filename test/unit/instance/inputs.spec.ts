import { describe, expect, it } from 'vitest';
import {
  flowHeaders,
  instanceErrors,
  instanceObject,
  receiveInstanceInput,
} from '../../../src/commands/instance/inputs.ts';
import { headersWith, objectWith } from '../../support/instance-world.ts';

describe('an instance object', () => {
  it('loses its ids, and what else is not of it, on every level', () => {
    const child = { id: 8, createdAt: 'x', valuePerKey: { name: 'Ada' }, objectCollectionPerKey: {} };
    const given = {
      id: 7,
      extra: true,
      valuePerKey: { title: 't' },
      objectCollectionPerKey: { persons: [child] },
    };
    const ada = { valuePerKey: { name: 'Ada' }, objectCollectionPerKey: {} };
    expect(instanceObject.parse(given)).toEqual(objectWith('t', { persons: [ada] }));
  });

  it('may leave out what it has none of', () => {
    const empty = { valuePerKey: {}, objectCollectionPerKey: {} };
    expect(instanceObject.parse({})).toEqual(empty);
    expect(instanceObject.parse({ objectCollectionPerKey: { none: [], one: [{}] } })).toEqual({
      ...{ valuePerKey: {}, objectCollectionPerKey: { none: [], one: [empty] } },
    });
  });

  it.each([
    { valuePerKey: { count: 1 } },
    { valuePerKey: { title: null } },
    { valuePerKey: [] },
    { objectCollectionPerKey: { persons: {} } },
    { objectCollectionPerKey: { persons: [{ valuePerKey: { age: 36 } }] } },
    [],
    'text',
  ])('is refused where it has another form: %o', (given) => {
    expect(instanceObject.safeParse(given).success).toBe(false);
  });
});

describe('flow headers', () => {
  it('keep every digit of their integers', () => {
    const headers = headersWith({ integrationId: '9223372036854775807', instanceId: '-9223372036854775808' });
    expect(flowHeaders.parse(headers)).toEqual(headers);
  });

  it('need no more than a source application and a correlation id', () => {
    const { sourceApplicationId, correlationId } = headersWith();
    const least = { sourceApplicationId, correlationId: correlationId.toUpperCase() };
    expect(flowHeaders.parse(least)).toEqual({ sourceApplicationId, correlationId, fileIds: [] });
  });

  it.each([
    { sourceApplicationId: 4 },
    { sourceApplicationId: undefined },
    { correlationId: 'c-1' },
    { integrationId: '9223372036854775808' },
    { instanceId: '-9223372036854775809' },
    { integrationId: '007' },
    { fileIds: ['f-1'] },
    { archiveInstanceId: 'x'.repeat(1001) },
  ])('are refused where one has another form: %o', (some) => {
    expect(flowHeaders.safeParse({ ...headersWith(), ...some }).success).toBe(false);
  });
});

describe('what is sent to be taken in', () => {
  const input = { headers: headersWith(), value: objectWith('t') };

  it('says when it was made in any zone, and is kept in UTC', () => {
    const parsed = receiveInstanceInput.parse({ ...input, createdAt: '2025-01-01T01:00:00+01:00' });
    expect(parsed).toEqual({ ...input, createdAt: '2025-01-01T00:00:00.000Z' });
    expect(receiveInstanceInput.parse(input)).toEqual(input);
  });

  it.each(['9999-12-31T23:59:59-01:00', '0000-01-01T00:00:00+01:00'])(
    'is refused where it was made outside the years that an event can hold: %s',
    (createdAt) => {
      expect(receiveInstanceInput.safeParse({ ...input, createdAt }).success).toBe(false);
    },
  );

  it('is refused with members it does not have', () => {
    expect(receiveInstanceInput.safeParse({ ...input, id: '7' }).success).toBe(false);
  });
});

describe('errors', () => {
  it('are the documented ones, with or without arguments', () => {
    const given = [
      { errorCode: 'A', args: { field: 'title' } },
      { errorCode: 'B', args: null },
      { errorCode: 'C' },
    ];
    expect(instanceErrors.parse(given)).toEqual([...given.slice(0, 2), { errorCode: 'C', args: null }]);
    expect(instanceErrors.safeParse([{ errorCode: '' }]).success).toBe(false);
  });
});
