import { describe, expect, it } from 'vitest';
import { spanIn, spanOf, traceOf, traceparentText } from '../../../src/infra/tracing/port.ts';
import type { Span } from '../../../src/infra/tracing/port.ts';
import { createTracing } from '../../../src/infra/tracing/tracing.ts';

const world = (ratio = 1) => {
  const spans: Span[] = [];
  let ms = 0;
  const tracing = createTracing({ now: () => (ms += 1), ratio, take: (span) => void spans.push(span) });
  return { tracing, spans };
};
const opening = (name: string) => ({ name, kind: 'internal', attributes: { own: 1 } }) as const;
const nothingMore = () => ({});

describe('a span around something', () => {
  it('is below what it is done within, also behind a wait', async () => {
    const { tracing, spans } = world();
    const inner = () => tracing.around(opening('inner'), () => Promise.resolve(7), nothingMore);
    const result = await tracing.around(
      opening('outer'),
      async () => {
        await Promise.resolve();
        return inner();
      },
      (value) => ({ attributes: { value } }),
    );
    expect(result).toBe(7);
    const [below, above] = spans;
    expect(above).toMatchObject({ name: 'outer', startMs: 1, endMs: 4, attributes: { own: 1, value: 7 } });
    expect(above?.parentSpanId).toBeUndefined();
    expect(below).toMatchObject({ parentSpanId: above?.context.spanId, startMs: 2, endMs: 3 });
    expect(below?.context.traceId).toBe(above?.context.traceId);
    expect(tracing.current()).toBeUndefined();
  });

  it('is told where it fails, and the failure goes on', async () => {
    const { tracing, spans } = world();
    const failing = tracing.around(opening('x'), () => Promise.reject(new TypeError('secret')), nothingMore);
    await expect(failing).rejects.toThrow('secret');
    expect(spans[0]).toMatchObject({ failed: 'TypeError' });
    expect(JSON.stringify(spans)).not.toContain('secret');
  });

  it('is not what is done later was asked for by', async () => {
    const { tracing } = world();
    let later: Promise<unknown> = Promise.resolve();
    let end = (): void => undefined;
    const gate = new Promise<void>((resolve) => (end = resolve));
    const begin = () => {
      later = gate.then(() => tracing.current());
      return Promise.resolve();
    };
    await tracing.around(opening('x'), begin, nothingMore);
    end();
    expect(await later).toBeUndefined();
  });

  it('names the run that was written to, unless there are several', async () => {
    const { tracing, spans } = world();
    const writing = (...ids: readonly string[]) =>
      tracing.around(
        opening('x'),
        () => Promise.resolve(tracing.current()?.subjects.set('skald.flow.id', new Set(ids))),
        nothingMore,
      );
    await writing('one');
    await writing('one', 'other');
    expect(spans.map(({ attributes }) => attributes['skald.flow.id'])).toEqual(['one', undefined]);
  });
});

describe('sampling', () => {
  it.each([
    [0, [false, false]],
    [0.5, [false, true]],
    [1, [true, true]],
  ])('with %d goes by the end of the id', (ratio, expected) => {
    const { tracing } = world(ratio);
    const ids = ['7', 'f'].map((digit) => 'f'.repeat(19) + digit.repeat(13));
    expect(ids.map(tracing.isSampled)).toEqual(expected);
  });

  it('takes about as many of random ids as it says', () => {
    const { tracing } = world(0.25);
    const sampled = Array.from({ length: 4000 }, tracing.newTraceId).filter(tracing.isSampled);
    expect(sampled.length).toBeGreaterThan(800);
    expect(sampled.length).toBeLessThan(1200);
  });
});

describe('ids', () => {
  it('are the same each time, and those of a conversation that is a trace are its own', () => {
    expect([traceOf('a'), spanOf('a')]).toEqual([traceOf('a'), spanOf('a')]);
    expect(traceOf('f'.repeat(32))).toBe('f'.repeat(32));
    expect(traceOf('a')).toMatch(/^[0-9a-f]{32}$/);
    expect(spanOf('a')).toMatch(/^[0-9a-f]{16}$/);
  });

  it('are read back as they were written', () => {
    const context = { traceId: traceOf('a'), spanId: spanOf('b') };
    for (const isSampled of [true, false])
      expect(spanIn(traceparentText(context, isSampled))).toEqual(context);
  });
});
