import { describe, expect, it } from 'vitest';
import { rejectedIn } from '../../../src/infra/tracing/otlp-answer.ts';

const answer = (partialSuccess: unknown): string => JSON.stringify({ partialSuccess });

describe('what a collector says that it did not take', () => {
  it('is a number, as text or not, of those sent at most, with its reason', () => {
    expect(rejectedIn(answer({ rejectedSpans: '3', errorMessage: 'too long' }), 10)).toEqual({
      rejected: 3,
      why: 'the collector rejected 3 of 10 spans: too long',
    });
    expect(rejectedIn(answer({ rejectedSpans: 3 }), 10)).toMatchObject({ rejected: 3 });
    expect(rejectedIn(answer({ rejectedSpans: '9223372036854775807' }), 10)).toMatchObject({ rejected: 10 });
    expect(rejectedIn(answer({ rejectedSpans: 1, errorMessage: 'x'.repeat(9999) }), 1).why).toHaveLength(237);
  });

  it.each([
    ...['', '{}', 'null', '[]', '<html>', answer(null), answer({}), answer({ errorMessage: 'a warning' })],
    ...[-1, '-1', 1.5, '1e3', null, '9'.repeat(20)].map((rejectedSpans) => answer({ rejectedSpans })),
  ])('is nothing in %j', (text) => {
    expect(rejectedIn(text, 10).rejected).toBe(0);
  });
});
