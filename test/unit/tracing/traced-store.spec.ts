import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { embeddedEventStore } from '../../../src/infra/event-store/embedded/embedded.ts';
import { NO_STREAM } from '../../../src/infra/event-store/port.ts';
import type { EventStore, Head } from '../../../src/infra/event-store/port.ts';
import { attemptContext, traceOf } from '../../../src/infra/tracing/port.ts';
import { appendContext } from '../../../src/infra/tracing/traced-store.ts';
import { anEvent, appended, headOf, metadata } from '../../support/events.ts';
import { freshDirectory } from '../../support/fresh-directory.ts';
import { tracedProcess } from '../../support/traced-process.ts';

const FLOW = '7c9e6679-7425-40de-944b-e07fc1f90ae7';
const STREAM = `saga-${FLOW}`;

let store: EventStore;
beforeEach(async () => {
  store = await embeddedEventStore({ dataDir: freshDirectory() });
  onTestFinished(() => store.close());
});
const process = () => tracedProcess(store);
const opening = { name: 'command x', kind: 'internal', attributes: {} } as const;

describe('an append', () => {
  it('is a span of its conversation, linked to whoever asked for it in another trace', async () => {
    const { spans, tracing, traced } = process();
    const said = { ...metadata(), correlationId: 'c-1' };
    const write = () => traced.append(STREAM, NO_STREAM, [anEvent('SagaStarted')], said);
    const named = { ...opening, traceId: traceOf('c-2') };
    expect(appended(await tracing.around(named, write, () => ({}))).events).toHaveLength(1);
    const [append, command] = spans;
    expect(append).toMatchObject({
      ...{
        name: 'append saga',
        kind: 'client',
        context: appendContext(STREAM, said),
        links: [command?.context],
      },
      attributes: {
        ...{ 'db.system.name': 'sqlite', 'db.operation.name': 'append', 'db.collection.name': 'saga' },
        ...{
          'skald.flow.id': FLOW,
          'skald.command.id': said.commandId,
          'skald.event.types': ['SagaStarted'],
        },
      },
    });
    expect(append?.context.traceId).toBe(traceOf('c-1'));
    expect(append?.parentSpanId).toBeUndefined();
    expect(command).toMatchObject({ links: [append?.context], attributes: { 'skald.flow.id': FLOW } });
  });

  it('is below whoever asked for it in its own trace', async () => {
    const { spans, tracing, traced } = process();
    const said = { ...metadata(), correlationId: 'c-1' };
    const write = () => traced.append('instance-7', NO_STREAM, [anEvent()], said);
    await tracing.around({ ...opening, traceId: traceOf('c-1') }, write, () => ({}));
    const [append, command] = spans;
    expect(append?.parentSpanId).toBe(command?.context.spanId);
    expect([append?.links, command?.links]).toEqual([undefined, []]);
    expect(append?.attributes['skald.instance.id']).toBe('7');
  });

  it('gives its trace to whoever asked for it in none, all the way up; what comes then is linked', async () => {
    const { spans, tracing, traced } = process();
    const write = async () => {
      for (const id of ['c-1', 'c-2'])
        await traced.append(`instance-${id}`, NO_STREAM, [anEvent()], { ...metadata(), correlationId: id });
    };
    const command = () => tracing.around(opening, write, () => ({}));
    await tracing.around(opening, command, () => ({}));
    const [first, second, below, above] = spans;
    const trace = traceOf('c-1');
    expect(spans.map(({ context }) => context.traceId)).toEqual([trace, traceOf('c-2'), trace, trace]);
    expect([first?.parentSpanId, below?.parentSpanId]).toEqual(
      [below, above].map((one) => one?.context.spanId),
    );
    expect([second?.links, below?.links]).toEqual([[below?.context], [second?.context]]);
  });

  it('that follows from one of the last events of its run, unasked, is below what appended that', async () => {
    const { spans, traced } = process();
    const said = { ...metadata(), correlationId: 'c-1' };
    const first = appended(await traced.append(STREAM, NO_STREAM, [anEvent(), anEvent()], said)).events;
    const causedBy = (causationId = '') => ({ ...said, commandId: randomUUID(), causationId });
    const next = causedBy(first[1]?.eventId);
    const second = appended(await traced.append(STREAM, headOf(first), [anEvent()], next)).events;
    const late = appended(await traced.append(STREAM, headOf(second), [anEvent()], next)).events;
    await traced.append(STREAM, headOf(late), [anEvent()], causedBy('of-another-stream'));
    await expect.poll(() => spans).toHaveLength(4);
    const above = appendContext(STREAM, said).spanId;
    expect(spans.map(({ parentSpanId }) => parentSpanId)).toEqual([undefined, above, above, undefined]);
  });

  describe('that ends an attempt', () => {
    const outcomeOf = (step: string, more: object = {}) =>
      anEvent('StepSucceeded', { step, action: 'do', attempt: 1, claim: null, ...more });
    const attemptOf = (step: string) =>
      attemptContext('c-1', { flowId: FLOW, step, action: 'do', attempt: 1 }).spanId;
    const told = { ...metadata(), correlationId: 'c-1' };
    const answering =
      (traced: EventStore, steps: readonly string[], stream = STREAM) =>
      async () => {
        let head: Head = NO_STREAM;
        for (const step of steps) {
          const said = { ...told, commandId: randomUUID() };
          head = headOf(appended(await traced.append(stream, head, [outcomeOf(step)], said)).events);
        }
      };

    it('is below it where nobody asked for it here', async () => {
      const { spans, traced } = process();
      await answering(traced, ['book'])();
      expect(spans.map(({ parentSpanId }) => parentSpanId)).toEqual([attemptOf('book')]);
    });

    it('is below whoever asked for it, who is below the attempt then; of another attempt there is a link', async () => {
      const { spans, tracing, traced } = process();
      const command = () => tracing.around(opening, answering(traced, ['book', 'pay']), () => ({}));
      await tracing.around(opening, command, () => ({}));
      const [book, pay, below, above] = spans;
      expect([book, pay, below, above].map((span) => span?.parentSpanId)).toEqual([
        ...[below?.context.spanId, below?.context.spanId, above?.context.spanId, attemptOf('book')],
      ]);
      expect(book?.links).toBeUndefined();
      expect(pay?.links).toEqual([{ traceId: traceOf('c-1'), spanId: attemptOf('pay') }]);
    });

    it('is below the attempt, and linked to whoever asked for it in another trace', async () => {
      const { spans, tracing, traced } = process();
      await tracing.around({ ...opening, traceId: traceOf('c-2') }, answering(traced, ['book']), () => ({}));
      const [append, command] = spans;
      expect(append).toMatchObject({ parentSpanId: attemptOf('book'), links: [command?.context] });
      expect(command?.parentSpanId).toBeUndefined();
    });

    it('leaves whoever asked for it below what he named', async () => {
      const { spans, tracing, traced } = process();
      const cause = { traceId: traceOf('c-1'), spanId: '1'.repeat(16) };
      await tracing.around({ ...opening, cause }, answering(traced, ['book']), () => ({}));
      const [append, command] = spans;
      expect([append?.parentSpanId, command?.parentSpanId]).toEqual([command?.context.spanId, cause.spanId]);
    });

    it('is below none where there was nobody to dispatch it to, and where it is of no run', async () => {
      const { spans, traced } = process();
      const noWorker = anEvent('StepFailed', { step: 'book', action: 'do', attempt: 1, cause: 'no-worker' });
      await traced.append(STREAM, NO_STREAM, [noWorker], told);
      await answering(traced, ['book'], 'instance-7')();
      await expect.poll(() => spans).toHaveLength(2);
      expect(spans.map(({ parentSpanId }) => parentSpanId)).toEqual([undefined, undefined]);
    });
  });

  it('leaves the trace of whoever asked as it was told already', async () => {
    const { spans, tracing, traced } = process();
    const said = { ...metadata(), correlationId: 'c-1' };
    const inner = (run: () => Promise<unknown>) => tracing.around(opening, run, () => ({}));
    await inner(async () => {
      await inner(() => Promise.resolve());
      await inner(() => traced.append('instance-7', NO_STREAM, [anEvent()], said));
    });
    const [told, append, ...others] = spans.map(({ context }) => context.traceId);
    expect([append, ...others]).toEqual([traceOf('c-1'), told, told]);
  });

  it('is the same span where another process does it again', async () => {
    const [said, events] = [metadata(), [anEvent('SagaStarted'), anEvent()]];
    const both = [process(), process()];
    for (const { traced } of both) appended(await traced.append(STREAM, NO_STREAM, events, said));
    const [one, other] = both.map(({ spans }) => spans[0]);
    expect(one?.context).toEqual(other?.context);
    expect(one?.attributes).toMatchObject({ 'skald.event.count': 2 });
  });

  it('leads to no more than so many others', async () => {
    const { spans, tracing, traced } = process();
    const write = async () => {
      for (let id = 0; id < 130; id += 1)
        await traced.append(`instance-${id}`, NO_STREAM, [anEvent()], metadata());
    };
    await tracing.around(opening, write, () => ({}));
    expect(spans.at(-1)?.links).toHaveLength(128);
    expect(spans.at(-1)?.attributes).not.toHaveProperty('skald.instance.id');
  });

  it('is another span where nothing was written, and failed only where it is not decided again', async () => {
    const { spans, traced } = process();
    const said = metadata();
    const stale: Head = { revision: 4, hash: 'a'.repeat(64) };
    expect(await traced.append(STREAM, stale, [anEvent()], said)).toEqual({ kind: 'conflict' });
    await store.close();
    expect(await traced.append(STREAM, NO_STREAM, [anEvent()], said)).toMatchObject({ code: 'closed' });
    expect(spans.map(({ attributes, failed }) => [attributes['skald.outcome'], failed])).toEqual([
      ['conflict', undefined],
      ['closed', 'closed'],
    ]);
    for (const { context } of spans) expect(context.spanId).not.toBe(appendContext(STREAM, said).spanId);
  });
});
