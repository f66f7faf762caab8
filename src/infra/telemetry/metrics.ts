import type { Clock } from '../clock/port.ts';
import { eventMetrics } from './event-metrics.ts';
import { feedMetrics } from './feed-metrics.ts';
import { createLogSpace } from './log-space.ts';
import type { Exposition } from './port.ts';
import type { RegistryDeps } from './registry.ts';
import { commandMetrics, requestMetrics } from './request-metrics.ts';
import type { Source } from './source.ts';

const FORMAT = 'text/plain; version=0.0.4; charset=utf-8';

type MetricsDeps = Pick<RegistryDeps, 'onTrouble'> & {
  readonly clock: Pick<Clock, 'now' | 'schedule'>;
  /** The log has no room any more, or has again. */
  readonly onLogFull?: (isFull: boolean) => void;
};

/** Everything that is measured in this process. What is asked for only when somebody looks is added as sources. */
export const createMetrics = (deps: MetricsDeps) => {
  const requests = requestMetrics();
  const commands = commandMetrics();
  const { clock, onLogFull = () => undefined } = deps;
  const space = createLogSpace({ now: clock.now, onChange: onLogFull });
  const events = eventMetrics(space);
  const feeds = feedMetrics();
  const sources: Source[] = [requests.source, commands.source, events.source, feeds.source, space.source];
  const durations = [requests.durations, events.durations];
  const exposition: Exposition = { contentType: FORMAT, render: rendering({ ...deps, sources, durations }) };
  return {
    exposition,
    /** To be called before anybody looks. */
    add: (...more: readonly Source[]): void => void sources.push(...more),
    served: requests.meter,
    commanded: commands.meter,
    isLogFull: space.isFull,
    meteredStore: events.metered,
    meteredFeed: feeds.metered,
  };
};
export type Metrics = ReturnType<typeof createMetrics>;

const rendering = (deps: RegistryDeps): Exposition['render'] => {
  let look: (() => Promise<string>) | undefined;
  let underWay: Promise<string> | undefined;
  const once = async (): Promise<string> => {
    // Loaded for the first who looks: a start should not wait for it.
    look ??= (await import('./registry.ts')).createRegistry(deps);
    return look();
  };
  return () =>
    (underWay ??= once().finally(() => {
      underWay = undefined;
    }));
};
