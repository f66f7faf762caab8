import fc from 'fast-check';
import { v5 } from 'uuid';
import { describe, expect, it } from 'vitest';
import {
  commandIdOf,
  effectIdOf,
  eventIdOf,
  recordCommandIdOf,
} from '../../src/commands/deterministic-ids.ts';

const COMMAND = '6f1d7c3e-27a5-5d0b-8f43-0a9f2f1f6a03';
const EFFECT = '6f1d7c3e-27a5-5d0b-8f43-0a9f2f1f6a02';

const prefixed = (part: string): Buffer => {
  const bytes = Buffer.from(part);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
};

describe('ids that follow from what they stand for', () => {
  it('are version 5 UUIDs of the length-prefixed parts', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 6 }), (parts) => {
        expect(commandIdOf(...parts)).toBe(v5(Buffer.concat(parts.map(prefixed)), COMMAND));
      }),
    );
  });

  it('are the same whatever the one before was made of', () => {
    const part = fc
      .tuple(fc.constantFrom('a', 'ü', '€', '😀', '\ud800'), fc.nat(500))
      .map(([unit, times]) => unit.repeat(times));
    fc.assert(
      fc.property(fc.array(fc.array(part, { maxLength: 4 })), (all) => {
        const together = all.map((parts) => commandIdOf(...parts));
        expect(together).toEqual(all.map((parts) => v5(Buffer.concat(parts.map(prefixed)), COMMAND)));
      }),
    );
  });

  it('are those of the effect, whichever effects were asked for before', () => {
    const effect = fc.tuple(
      fc.constantFrom(
        '',
        'a',
        'run',
        '5e7b7e0e-0000-7000-8000-000000000001',
        '6e7b7e0e-0000-7000-8000-000000000001',
      ),
      fc.constantFrom('', 'a', 'step', 'stop'),
      fc.nat(2),
      fc.constantFrom('do' as const, 'undo' as const),
    );
    fc.assert(
      fc.property(fc.array(effect, { maxLength: 40 }), (effects) => {
        for (const [flowId, step, iteration, action] of effects)
          expect(effectIdOf(flowId, step, iteration, action)).toBe(
            v5(Buffer.concat([flowId, step, String(iteration), action].map(prefixed)), EFFECT),
          );
      }),
    );
  });

  it('stay what they are in logs', () => {
    expect(eventIdOf('saga-1', '5e7b7e0e-0000-7000-8000-000000000001', 2)).toBe(
      'd803bd3a-f506-5cbb-a012-93018e7f6b76',
    );
    expect(effectIdOf('1', 'createRealm', 0, 'undo')).toBe('2c5864f0-8b3a-54ac-9436-af240d6b3bb3');
  });
});

describe('the command that a record stands for', () => {
  const recordAt = (offset: string, headers: Readonly<Record<string, string>>) => ({
    ...{ topic: 'in', partition: 0, offset, timestamp: 1, key: null, value: Buffer.from('v') },
    headers: Object.entries(headers).map(([name, value]): [string, Buffer] => [name, Buffer.from(value)]),
  });
  const idsOf = (headers: Readonly<Record<string, string>>) =>
    ['0', '1'].map((offset) => recordCommandIdOf('bus', recordAt(offset, headers), 0));

  it('is the same wherever a record with a source and an id lies', () => {
    expect(new Set(idsOf({ ce_source: 'urn:a', ce_id: 'e-1' })).size).toBe(1);
  });

  it.each([
    {},
    { ce_source: 'urn:a' },
    { ce_source: 'urn:a', ce_id: '' },
    { ce_id: 'e-1' },
    { ce_source: '', ce_id: 'e-1' },
  ])('is another one at another place where it has not both: %o', (headers) => {
    expect(new Set(idsOf(headers)).size).toBe(2);
  });
});
