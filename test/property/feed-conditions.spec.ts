import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { flawIn, isFoundBy } from '../../src/infra/feed/conditions.ts';
import type { Condition, Scalar } from '../../src/infra/read-store/port.ts';
import { isMatch } from '../support/naive-queries.ts';
import { document, runs } from '../support/read-documents.ts';

const word = fc.constantFrom('', 'a', 'ab', 'b', 'B', 'é', '\u{1F600}', '\uFFFD', 'a\u{1F600}');
const number = fc.constantFrom(-1.5, -0, 0, 1, 2 ** 53, 1e21);
const list = fc.array(fc.oneof(word, fc.constantFrom(1, true, null)), { maxLength: 3 });
const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { freq: 4 });
const body = fc.record(
  { status: maybe(word), size: maybe(number), isOpen: maybe(fc.boolean()), steps: maybe(list) },
  { requiredKeys: [] },
);
const compared = fc.constantFrom('eq', 'lt', 'lte', 'gt', 'gte');
const comparing = (field: string, value: fc.Arbitrary<Scalar>): fc.Arbitrary<Condition> =>
  fc.oneof(
    fc.record({ field: fc.constant(field), op: compared, value }),
    fc.record({ field: fc.constant(field), op: fc.constant('in'), value: fc.array(value, { maxLength: 3 }) }),
  );
const condition: fc.Arbitrary<Condition> = fc.oneof(
  comparing('status', word),
  comparing('size', number),
  comparing('isOpen', fc.boolean()),
  fc.record({ field: fc.constant('status'), op: fc.constant('prefix'), value: word }),
  fc.record({ field: fc.constant('steps'), op: fc.constant('contains'), value: word }),
);

describe('the conditions of a feed of documents', () => {
  it('are met by the documents that a read store finds by them', () => {
    fc.assert(
      fc.property(body, fc.array(condition, { maxLength: 3 }), (found, where) => {
        expect(flawIn(runs, where)).toBeUndefined();
        const isExpected = where.every((one) => isMatch(document('id', 1, found), one));
        expect(isFoundBy(where, found)).toBe(isExpected);
      }),
      { numRuns: 3000 },
    );
  });
});
