// Looks at the log as any other follower of it, and sees runs end.
import { systemClock, systemRandom } from '../../../src/infra/clock/system.ts';
import { eventStoreDb } from '../../../src/infra/event-store/eventstoredb/eventstoredb.ts';
import { START } from '../../../src/infra/event-store/port.ts';
import type { StoredEvent } from '../../../src/infra/event-store/port.ts';
import { readAllOf } from '../events.ts';
import type { Deployment } from './skald-on-servers.ts';

const ENDS = new Set(['SagaCompleted', 'SagaUndone', 'SagaFailed', 'SagaCancelled', 'SagaUndoFailed']);

export const watchLog = async ({ log, namespace }: Deployment) => {
  const store = await eventStoreDb({
    ...{ url: log, namespace, clock: systemClock(), random: systemRandom() },
    // It shares the servers' fate, and waits for them.
    onTrouble: () => undefined,
  });
  const ended = new Map<string, number>();
  const watchers = new Set<() => void>();
  const stopping = new AbortController();
  const take = ({ type, stream }: StoredEvent): void => {
    if (ENDS.has(type)) ended.set(stream.slice('saga-'.length), Date.now());
  };
  let after = START;
  const subscribe = async (): Promise<void> => {
    const { signal } = stopping;
    for await (const batch of store.subscribe({ after, categories: ['saga'], signal })) {
      batch.events.forEach(take);
      after = batch.position;
      for (const look of watchers) look();
    }
  };
  const follow = async (): Promise<void> => {
    while (!stopping.signal.aborted)
      await subscribe().catch((error: unknown) => {
        if (!(error instanceof Error && error.name === 'StoreUnavailable')) throw error;
      });
  };
  const following = follow();
  return {
    /** When, by this process's clock, each run was seen to end. */
    ended: ended as ReadonlyMap<string, number>,
    /** Looks again whenever the log has moved on. */
    until: (holds: () => boolean): Promise<void> =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!holds()) return;
          watchers.delete(look);
          resolve();
        };
        watchers.add(look);
        look();
      }),
    events: (): Promise<readonly StoredEvent[]> => readAllOf(store, { max: 1000 }),
    stop: async (): Promise<void> => {
      stopping.abort();
      await following;
      await store.close();
    },
  };
};
