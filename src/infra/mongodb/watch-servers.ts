import type { TopologyDescription } from 'mongodb';
import type { Clock } from '../clock/port.ts';
import { serverLost } from './errors.ts';

export type WatchedServers = {
  readonly isStandalone: () => boolean;
  /** Whether there is a server that takes writes. */
  readonly isUp: () => boolean;
  /** True as soon as there is one; false after so many milliseconds, and once this is closed. */
  readonly whenUp: (ms: number) => Promise<boolean>;
  readonly close: () => void;
};

/** What of the driver's client tells of servers. */
type Telling = {
  readonly on: (
    event: 'topologyDescriptionChanged',
    listener: (changed: { readonly newDescription: TopologyDescription }) => void,
  ) => unknown;
};

/** Follows what the driver's monitors learn. */
export const watchServers = (
  client: Telling,
  clock: Pick<Clock, 'schedule'>,
  onLost: (error: Error) => void,
): WatchedServers => {
  const waiting = new Set<(isUp: boolean) => void>();
  let latest: TopologyDescription | undefined;
  let isClosed = false;
  const isUp = (): boolean => !isClosed && isWritable(latest);
  client.on('topologyDescriptionChanged', ({ newDescription }) => {
    const wasUp = isUp();
    latest = newDescription;
    if (isUp()) for (const settle of [...waiting]) settle(true);
    else if (wasUp) onLost(serverLost());
  });
  return {
    isStandalone: () => typesIn(latest).includes('Standalone'),
    isUp,
    whenUp: (ms) => {
      if (isUp() || isClosed) return Promise.resolve(!isClosed);
      return new Promise((resolve) => {
        const settle = (is: boolean): void => {
          cancel();
          waiting.delete(settle);
          resolve(is);
        };
        const cancel = clock.schedule(ms, () => {
          settle(false);
        });
        waiting.add(settle);
      });
    },
    close: () => {
      isClosed = true;
      for (const settle of [...waiting]) settle(false);
    },
  };
};

const WRITABLE: ReadonlySet<string> = new Set(['Standalone', 'RSPrimary', 'Mongos', 'LoadBalancer']);

const isWritable = (description: TopologyDescription | undefined): boolean =>
  typesIn(description).some((type) => WRITABLE.has(type));

const typesIn = (description: TopologyDescription | undefined): readonly string[] =>
  [...(description?.servers.values() ?? [])].map(({ type }) => type);
