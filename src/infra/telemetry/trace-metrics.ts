import type { Family, Source } from './source.ts';

const SPANS: Family = {
  name: 'skald_trace_spans_total',
  help: 'Spans by what became of them',
  kind: 'counter',
  labels: ['outcome'],
};

/** @param countsNow by outcome */
export const traceSource = (countsNow: () => Readonly<Record<string, number>>): Source => ({
  name: 'traces',
  families: [SPANS],
  read: () =>
    Object.entries(countsNow()).map(([outcome, value]) => ({ name: SPANS.name, labels: { outcome }, value })),
});
