// Whatever becomes of runs, each is one tree of spans: none is below what is not there, or in another trace.
import { expect, it, onTestFinished } from 'vitest';
import { client } from '../../sdk/src/client.ts';
import { step } from '../../sdk/src/worker/step.ts';
import type { StepContext, Steps } from '../../sdk/src/worker/step.ts';
import { worker } from '../../sdk/src/worker/worker.ts';
import { traceOf } from '../../src/infra/tracing/port.ts';
import { fakeCollector } from '../support/fake-collector.ts';
import type { Exported } from '../support/fake-collector.ts';
import { freshDirectory } from '../support/fresh-directory.ts';
import { gate } from '../support/sdk-world.ts';
import { startSkald } from '../support/skald-server.ts';

const CALLER = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' };
const traceparent = `00-${CALLER.traceId}-${CALLER.spanId}-01`;
const SIDES = ['a', 'b', 'c', 'd'];

/** All four are answered together. */
const together = () => {
  const { opened, open } = gate();
  let begun = 0;
  const work = async () => {
    begun += 1;
    if (begun === SIDES.length) open();
    await opened;
  };
  return Object.fromEntries(SIDES.map((name) => [name, step({ do: work })]));
};

const failing =
  (isFailing: (attempt: number) => boolean) =>
  (_input: unknown, { attempt }: StepContext) => {
    if (isFailing(attempt)) throw new Error('not now');
  };
const [once, always] = [failing((attempt) => attempt === 1), failing(() => true)];

const DEFINITIONS: Readonly<Record<string, { type: 'sequential' | 'simultaneous'; steps: Steps }>> = {
  side: { type: 'simultaneous', steps: together() },
  flaky: { type: 'sequential', steps: { x: step({ do: once }), y: step({ do: once }) } },
  undone: { type: 'sequential', steps: { u: step({ do: () => 1, undo: once }), v: step({ do: always }) } },
};

/** The topmost span above one. */
const rootOf = (spans: readonly Exported[], span: Exported): string => {
  const { traceId, parentSpanId } = span;
  if (parentSpanId === undefined) return span.name;
  if (traceId === CALLER.traceId && parentSpanId === CALLER.spanId) return 'caller';
  const above = spans.find((one) => one.traceId === traceId && one.spanId === parentSpanId);
  return above === undefined ? `nothing above ${span.name}` : rootOf(spans, above);
};

it(
  'runs that wait, are tried again and are undone, under traces of their own',
  { timeout: 60_000 },
  async () => {
    const collector = await fakeCollector();
    const { address: url, stop } = await startSkald(freshDirectory(), {
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
    });
    const skald = client({ url });
    const retry = { maxRetries: 2, backoffMs: 10 };
    for (const [orchName, { type, steps }] of Object.entries(DEFINITIONS)) {
      const all = Object.keys(steps).map((name, index) => ({ name, seq: index + 1, objectType: 'o', retry }));
      await skald.orchestrations.register({ body: { orchName, as: 'initiator', type, steps: all } });
    }
    const start = async (orchName: string, options: object) =>
      (await skald.runs.start({ orchName }, options)).flowId;
    const waiting = await start('flaky', { traceparent });
    for (const [orchestrations, { steps }] of Object.entries(DEFINITIONS)) {
      const service = `${orchestrations}-service`;
      const onTrouble = () => undefined;
      const running = await worker({ service, url, orchestrations, steps, onTrouble });
      onTestFinished(() => running.stop({ timeoutMs: 0 }));
    }
    const undone = await start('undone', {});
    const side = await start('side', { traceparent, correlationId: 'side-1' });
    const statuses: string[] = [];
    for (const flowId of [waiting, undone, side])
      statuses.push((await skald.runs.get({ flowId }, { waitSeconds: 15 })).status);
    expect(statuses).toEqual(['COMPLETED', 'UNDONE', 'COMPLETED']);
    expect(await stop()).toBe(0);

    const { spans, flaws } = collector;
    const rootsOf = (traceId: string) =>
      new Set(spans.filter((span) => span.traceId === traceId).map((span) => rootOf(spans, span)));
    expect(flaws).toEqual([]);
    expect(rootsOf(CALLER.traceId)).toEqual(new Set(['caller']));
    expect(rootsOf(traceOf(undone))).toEqual(new Set(['POST /api/orchestration/execute/:orchName']));
    // Who started it is in the caller's trace.
    expect(rootsOf(traceOf('side-1'))).toEqual(new Set(['append saga']));
    expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(spans.length);
    const attempts = spans.filter(({ name }) => name.startsWith('attempt '));
    // Two steps twice, one once, one three times and the undo twice, four side by side.
    expect(attempts).toHaveLength(4 + 1 + 3 + 2 + SIDES.length);
  },
);
