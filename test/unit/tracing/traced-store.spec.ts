import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { embeddedEventStore } from '../../../src/infra/event-store/embedded/embedded.ts';
import { NO_STREAM } from '../../../src/infra/event-store/port.ts';
import type { EventStore, Head } from '../../../src/infra/event-store/port.ts';
import { traceOf } from '../../../src/infra/tracing/port.ts';
import { appendContext } from '../../../src/infra/tracing/traced-store.ts';
import { anEvent, appended, metadata } from '../../support/events.ts';
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
