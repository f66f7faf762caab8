import { effectIdOf } from '../../src/commands/deterministic-ids.ts';
import type { EventStore } from '../../src/infra/event-store/port.ts';
import { tellAttempts } from '../../src/infra/tracing/attempts.ts';
import type { Span } from '../../src/infra/tracing/port.ts';
import { tracedStore } from '../../src/infra/tracing/traced-store.ts';
import { createTracing } from '../../src/infra/tracing/tracing.ts';

/** One process over the log: what it tells of what it appends. */
export const tracedProcess = (store: EventStore) => {
  const spans: Span[] = [];
  const troubles: unknown[] = [];
  const tracing = createTracing({
    now: performance.now.bind(performance),
    ratio: 1,
    take: (one) => void spans.push(one),
  });
  const onUntold = (error: unknown) => void troubles.push(error);
  const onAppended = tellAttempts({ tracing, store, effectIdOf, onUntold });
  return { spans, troubles, tracing, traced: tracedStore(store, { tracing, system: 'sqlite', onAppended }) };
};
