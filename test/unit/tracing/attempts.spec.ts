import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { effectIdOf } from '../../../src/commands/deterministic-ids.ts';
import { embeddedEventStore } from '../../../src/infra/event-store/embedded/embedded.ts';
import { NO_STREAM } from '../../../src/infra/event-store/port.ts';
import type { EventStore } from '../../../src/infra/event-store/port.ts';
import { spanOf, traceOf } from '../../../src/infra/tracing/port.ts';
import type { Span } from '../../../src/infra/tracing/port.ts';
import { appendContext } from '../../../src/infra/tracing/traced-store.ts';
import { anEvent, appended, headOf, metadata } from '../../support/events.ts';
import { freshDirectory } from '../../support/fresh-directory.ts';
import { tracedProcess } from '../../support/traced-process.ts';

const FLOW = '7c9e6679-7425-40de-944b-e07fc1f90ae7';
const STREAM = `saga-${FLOW}`;
const on = { step: 'book', action: 'do', attempt: 2 };
const SINCE = Date.UTC(2026, 0, 1);
const dispatched = () =>
  anEvent('StepDispatched', { ...on, iteration: 1, transport: 'http', since: SINCE, until: null });
const lapsed = (attempt = on.attempt) =>
  anEvent('StepLapsed', { ...on, attempt, claim: { by: 'a-service', at: SINCE + 5 } });

let store: EventStore;
beforeEach(async () => {
  store = await embeddedEventStore({ dataDir: freshDirectory() });
  onTestFinished(() => store.close());
});
const process = () => tracedProcess(store);

describe('an attempt', () => {
  const attemptsOf = (spans: readonly Span[]) => spans.filter(({ name }) => name.startsWith('attempt'));
  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  it('is a span once it has ended, under the id that its task names', async () => {
    const { spans, traced } = process();
    const [cause, said] = [metadata(), metadata()];
    const first = appended(await traced.append(STREAM, NO_STREAM, [dispatched()], cause)).events;
    expect(attemptsOf(spans)).toEqual([]);
    await traced.append(STREAM, headOf(first), [lapsed()], said);
    await settled();
    expect(attemptsOf(spans)).toMatchObject([
      {
        ...{
          name: 'attempt book',
          links: [appendContext(STREAM, cause)],
          startMs: SINCE,
          failed: 'lease_lapsed',
        },
        events: [{ name: 'claimed', atMs: SINCE + 5 }],
        context: {
          traceId: traceOf(cause.correlationId),
          spanId: spanOf(`${effectIdOf(FLOW, 'book', 1, 'do')}/2`),
        },
        attributes: { 'skald.step.name': 'book', 'skald.attempt': 2, 'skald.worker': 'a-service' },
      },
    ]);
  });

  it('that another process dispatched is found in the log, and is the same', async () => {
    const cause = metadata();
    const first = appended(await store.append(STREAM, NO_STREAM, [dispatched(), anEvent()], cause)).events;
    const { spans, troubles, traced } = process();
    await traced.append(STREAM, headOf(first), [lapsed()], metadata());
    await expect.poll(() => attemptsOf(spans).length).toBe(1);
    expect(attemptsOf(spans)[0]?.links).toEqual([appendContext(STREAM, cause)]);
    expect(troubles).toEqual([]);
  });

  it('that was taken back is one that nobody claimed', async () => {
    const { spans, traced } = process();
    const taken = anEvent('StepTakenBack', on);
    await traced.append(STREAM, NO_STREAM, [dispatched(), taken], metadata());
    await settled();
    expect(attemptsOf(spans)).toMatchObject([{ failed: 'taken_back', events: [] }]);
  });

  it('that nobody dispatched is none', async () => {
    const { spans, traced, troubles } = process();
    const first = appended(
      await traced.append(STREAM, NO_STREAM, [lapsed(9), anEvent('StepLapsed')], metadata()),
    );
    await traced.append(STREAM, headOf(first.events), [anEvent('SagaCompleted')], metadata());
    await settled();
    expect([attemptsOf(spans), troubles]).toEqual([[], []]);
  });
});
