import { counter, samplesBy } from './source.ts';
import type { Source } from './source.ts';

const SPANS = counter('skald_trace_spans_total', 'Spans by what became of them', 'outcome');

/** @param countsNow by outcome */
export const traceSource = (countsNow: () => Readonly<Record<string, number>>): Source => ({
  name: 'traces',
  families: [SPANS],
  read: () => samplesBy(SPANS, countsNow()),
});
