import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { effectIdOf } from '../../../src/commands/deterministic-ids.ts';
import { embeddedEventStore } from '../../../src/infra/event-store/embedded/embedded.ts';
import { NO_STREAM } from '../../../src/infra/event-store/port.ts';
import type { EventStore } from '../../../src/infra/event-store/port.ts';
import { attemptContext } from '../../../src/infra/tracing/port.ts';
import type { Span } from '../../../src/infra/tracing/port.ts';
import { appendContext } from '../../../src/infra/tracing/traced-store.ts';
import { anEvent, appended, headOf, metadata } from '../../support/events.ts';
import { freshDirectory } from '../../support/fresh-directory.ts';
import { tracedProcess } from '../../support/traced-process.ts';

const FLOW = '7c9e6679-7425-40de-944b-e07fc1f90ae7';
const STREAM = `saga-${FLOW}`;
const on = { step: 'book', action: 'do', attempt: 2 } as const;
const SINCE = Date.UTC(2026, 0, 1);
const dispatchedAs = (other: object) =>
  anEvent('StepDispatched', { ...on, iteration: 1, transport: 'http', since: SINCE, until: null, ...other });
const dispatched = () => dispatchedAs({});
const lapsed = (attempt: number = on.attempt) =>
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
    await traced.append(STREAM, headOf(first), [lapsed()], { ...said, correlationId: cause.correlationId });
    await settled();
    expect(attemptsOf(spans)).toMatchObject([
      {
        ...{
          name: 'attempt book',
          parentSpanId: appendContext(STREAM, cause).spanId,
          startMs: SINCE,
          failed: 'lease_lapsed',
        },
        events: [{ name: 'claimed', atMs: SINCE + 5 }],
        context: attemptContext(cause.correlationId, { flowId: FLOW, ...on }),
        attributes: {
          ...{ 'skald.step.name': 'book', 'skald.attempt': 2, 'skald.worker': 'a-service' },
          'skald.effect.id': effectIdOf(FLOW, 'book', 1, 'do'),
        },
      },
    ]);
  });

  it('that another process dispatched is found in the log, and is the same', async () => {
    const cause = metadata();
    const first = appended(await store.append(STREAM, NO_STREAM, [dispatched(), anEvent()], cause)).events;
    const { spans, troubles, traced } = process();
    await traced.append(STREAM, headOf(first), [lapsed()], metadata());
    await expect.poll(() => attemptsOf(spans).length).toBe(1);
    expect(attemptsOf(spans)[0]?.parentSpanId).toBe(appendContext(STREAM, cause).spanId);
    expect(troubles).toEqual([]);
  });

  it('that was taken back is one that nobody claimed', async () => {
    const { spans, traced } = process();
    const taken = anEvent('StepTakenBack', on);
    await traced.append(STREAM, NO_STREAM, [dispatched(), taken], metadata());
    await settled();
    expect(attemptsOf(spans)).toMatchObject([{ failed: 'taken_back', events: [] }]);
  });

  it.each([
    ['SagaCancelled', {}, 'cancelled'],
    ['UndoStarted', { cause: 'cancel' }, 'cancelled'],
    ['UndoStarted', { cause: 'failure' }, 'run_undone'],
    ['SagaFailed', { failed: 'other' }, 'run_failed'],
  ])('that is under way ends with its run: %s %o', async (type, data, failed) => {
    const cause = metadata();
    const undoing = { ...on, action: 'undo' };
    const before = [
      // One that had ended, and one that ends with nothing but its own outcome.
      ...[dispatchedAs({ attempt: 1 }), lapsed(1), dispatchedAs(undoing), anEvent(), dispatched()],
      dispatchedAs({ step: 'pay' }),
    ];
    const first = appended(await store.append(STREAM, NO_STREAM, before, cause)).events;
    const { spans, troubles, traced } = process();
    const said = { ...metadata(), correlationId: cause.correlationId };
    const fences = [anEvent('StepFailed'), anEvent(type, data), dispatchedAs({ step: 'later' })];
    const ended = appended(await traced.append(STREAM, headOf(first), fences, said)).events;
    await expect.poll(() => attemptsOf(spans)).toHaveLength(2);
    expect(attemptsOf(spans)).toMatchObject(
      ['pay', 'book'].map((step) => ({
        ...{ name: `attempt ${step}`, parentSpanId: appendContext(STREAM, cause).spanId, failed },
        ...{ context: attemptContext(cause.correlationId, { flowId: FLOW, ...on, step }), events: [] },
        ...{ links: [appendContext(STREAM, said)], attributes: { 'skald.outcome': type } },
      })),
    );
    // Once: what comes after that ends what was begun after it.
    await traced.append(STREAM, headOf(ended), [anEvent('SagaCancelled', {})], said);
    await expect.poll(() => attemptsOf(spans)).toHaveLength(3);
    expect(attemptsOf(spans).at(-1)).toMatchObject({ name: 'attempt later', failed: 'cancelled' });
    expect(troubles).toEqual([]);
  });

  it('is missed where the log does not say how it had begun', async () => {
    const cause = metadata();
    const first = appended(await store.append(STREAM, NO_STREAM, [dispatched()], cause)).events;
    const away = { ...store, readStream: () => Promise.reject(new Error('the log does not answer')) };
    const { spans, troubles, traced } = tracedProcess(away);
    await traced.append(STREAM, headOf(first), [lapsed()], {
      ...metadata(),
      correlationId: cause.correlationId,
    });
    await settled();
    expect(attemptsOf(spans)).toEqual([]);
    expect(troubles).toMatchObject([{ message: 'the log does not answer' }]);
  });

  it('that nobody dispatched is none', async () => {
    const { spans, traced, troubles } = process();
    const noWorker = anEvent('StepFailed', { ...on, cause: 'no-worker', claim: null });
    const first = appended(
      await traced.append(STREAM, NO_STREAM, [lapsed(9), anEvent('StepLapsed'), noWorker], metadata()),
    );
    await traced.append(STREAM, headOf(first.events), [anEvent('SagaCompleted')], metadata());
    await settled();
    expect([attemptsOf(spans), troubles]).toEqual([[], []]);
  });
});
