import { startEventStoreDouble } from './double.ts';
import type { DoubleOptions, EventStoreDouble } from './double.ts';
import { eventLog } from './log.ts';
import type { Member } from './small-calls.ts';

/** Nodes over one log: what one has committed the others have too. */
export type EventStoreCluster = Awaited<ReturnType<typeof startEventStoreCluster>>;

/**
 * Several doubles that gossip about each other. A follower passes appends on to the log as the leader would, and
 * refuses those that require the leader.
 */
export const startEventStoreCluster = async (size: number, options: DoubleOptions = {}) => {
  const now = options.now ?? Date.now;
  const log = options.log ?? eventLog({ now, recentIds: options.recentIds ?? 1_000 });
  const ids = Array.from({ length: size }, () => crypto.randomUUID());
  const nodes: EventStoreDouble[] = [];
  let leading = 0;

  const members = (): readonly Member[] =>
    nodes.map((node, index) => ({
      id: ids[index] ?? '',
      port: node.port,
      state: index === leading ? 'LEADER' : 'FOLLOWER',
      isAlive: node.isUp(),
    }));
  const leaderSeenBy = (index: number) => () => (index === leading ? undefined : nodes[leading]?.port);
  for (const index of ids.keys()) {
    nodes.push(await startEventStoreDouble({ ...options, log, members, leader: leaderSeenBy(index) }));
  }
  return {
    url: `esdb://${nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}?tls=false`,
    nodes: nodes as readonly EventStoreDouble[],
    log,
    /** From now on gossip tells that this node leads. */
    promote: (index: number): void => void (leading = index),
    stop: async (): Promise<void> => {
      await Promise.all(nodes.map((node) => node.stop()));
    },
  };
};
