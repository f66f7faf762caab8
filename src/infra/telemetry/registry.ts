import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Clock } from '../clock/port.ts';
import { unlessLate } from '../clock/port.ts';
import type { Durations } from './durations.ts';
import { counter, samplesOf } from './source.ts';
import type { Family, Sample, Source } from './source.ts';
import { createTally } from './tally.ts';

const READ_WITHIN_MS = 3000;

/**
 * What is known of this process: CPU, memory, event loop, garbage. What watches it cannot be told to stop: it is begun once,
 * when this module is loaded for the first who looks.
 */
const ofProcess = new Registry();
collectDefaultMetrics({ register: ofProcess });

const FAILURES = counter(
  'skald_metrics_unread_total',
  'Groups of metrics that could not be read in time',
  'source',
);

export type RegistryDeps = {
  readonly clock: Pick<Clock, 'schedule'>;
  readonly sources: readonly Source[];
  readonly durations: readonly Durations[];
  /** A source could not be read; it is tried again for the next who asks. */
  readonly onTrouble: (source: string, error: unknown) => void;
};

/** Looks everything up and puts it into Prometheus' format. Calls must not overlap. */
export const createRegistry = (deps: RegistryDeps): (() => Promise<string>) => {
  const { clock, sources, durations, onTrouble } = deps;
  const registry = new Registry();
  const failures = createTally();
  const unread: Source = {
    name: 'unread',
    families: [FAILURES],
    read: () => samplesOf(FAILURES, failures),
  };
  const [told, ...held] = [unread, ...sources].map((source) => holding(registry, source));
  for (const one of durations) one.begin(histogramOf(registry, one));
  const refresh = async (one: Held): Promise<void> => {
    try {
      const samples = await unlessLate(clock, READ_WITHIN_MS, Promise.resolve(one.read()));
      if (samples === undefined) throw new Error('it took too long');
      one.fill(samples);
    } catch (error) {
      one.fill([]);
      failures.add(one.name);
      onTrouble(one.name, error);
    }
  };
  return async () => {
    await Promise.all(held.map(refresh));
    if (told !== undefined) await refresh(told);
    return [await registry.metrics(), await ofProcess.metrics()].join('\n');
  };
};

type Held = Pick<Source, 'name' | 'read'> & { readonly fill: (samples: readonly Sample[]) => void };

const holding = (registry: Registry, { name, families, read }: Source): Held => {
  const metrics = new Map(families.map((family) => [family.name, metricOf(registry, family)]));
  return {
    ...{ name, read },
    fill: (samples) => {
      for (const metric of metrics.values()) {
        metric.reset();
        // Without labels a reset one would say 0, which nobody has seen.
        metric.remove({});
      }
      for (const { name: of, labels = {}, value } of samples) metrics.get(of)?.inc(labels, value);
    },
  };
};

const metricOf = (registry: Registry, { kind, name, help, labels = [] }: Family) => {
  const settings = { name, help, labelNames: labels, registers: [registry] };
  return kind === 'gauge' ? new Gauge(settings) : new Counter(settings);
};

const histogramOf = (registry: Registry, { family }: Durations) => {
  const { name, help, labels, buckets } = family;
  const settings = { name, help, labelNames: labels, buckets: [...buckets], registers: [registry] };
  const histogram = new Histogram(settings);
  return (given: Readonly<Record<string, string>>, seconds: number): void =>
    histogram.observe(given, seconds);
};
