import type { EventStoreDBClient } from '@eventstore/db-client';

type Subscription =
  ReturnType<EventStoreDBClient['subscribeToAll']> | ReturnType<EventStoreDBClient['subscribeToStream']>;

/** Writes down what a subscription tells: events by type, `caughtUp`, `fellBehind`, `end`, and errors apart. */
export const follow = (subscription: Subscription) => {
  const told: string[] = [];
  const errors: unknown[] = [];
  subscription.on('confirmation', () => told.push('confirmation'));
  subscription.on('caughtUp', () => told.push('caughtUp'));
  subscription.on('fellBehind', () => told.push('fellBehind'));
  subscription.on('data', ({ event }) => told.push(event?.type ?? 'nothing'));
  subscription.on('end', () => told.push('end'));
  subscription.on('error', (error: unknown) => errors.push(error));
  return { told, errors };
};
