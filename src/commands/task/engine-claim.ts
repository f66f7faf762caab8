import type { Claim } from '../../infra/task-queue/port.ts';

/** By whom a task is held that the engine takes back: nobody works on it. No service can be called so. */
export const ENGINE = 'skald:engine';

/** What a worker holds; undefined for what the engine does, as for what nobody holds. */
export const byWorker = (claim: Claim | undefined): Claim | undefined =>
  claim?.by === ENGINE ? undefined : claim;
