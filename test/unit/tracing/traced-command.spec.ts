import { describe, expect, it } from 'vitest';
import { tracedCommand } from '../../../src/infra/http/traced-command.ts';
import type { Span } from '../../../src/infra/tracing/port.ts';
import { createTracing } from '../../../src/infra/tracing/tracing.ts';

const ranWith = async (result: unknown) => {
  const spans: Span[] = [];
  const tracing = createTracing({ now: () => 0, ratio: 1, take: (span) => void spans.push(span) });
  const given: unknown[] = [];
  const run = tracedCommand(tracing)('undoSaga', (...input: readonly [string, number]) => {
    given.push(...input);
    return Promise.resolve(result);
  });
  expect(await run('a', 7)).toBe(result);
  expect(given).toEqual(['a', 7]);
  return spans;
};

describe('a command', () => {
  it.each([
    [{ kind: 'done', value: null }, { 'skald.outcome': 'done' }, undefined],
    [
      { kind: 'rejected', code: 'unknown_run', detail: 'secret' },
      { 'skald.outcome': 'rejected', 'skald.code': 'unknown_run' },
      undefined,
    ],
    [{ kind: 'unavailable', code: 'busy', detail: 'secret' }, { 'skald.outcome': 'unavailable' }, 'busy'],
    [[{ outcome: 'accepted' }], {}, undefined],
    [undefined, {}, undefined],
  ])('that ends with %o is told so', async (result, attributes, failed) => {
    const spans = await ranWith(result);
    expect(spans).toMatchObject([{ name: 'command undoSaga', attributes, failed }]);
    expect(JSON.stringify(spans)).not.toContain('secret');
  });
});
