import { orchestrationAggregate } from '../../domain/orchestration/aggregate.ts';
import { orchestrationEvents } from '../../domain/orchestration/events.ts';
import { START } from '../event-store/port.ts';
import type { EventBatch, EventStore, StoredEvent } from '../event-store/port.ts';
import { kafkaRouteOf, routeOf } from '../task-queue/port.ts';
import { createServing } from './serving.ts';
import type { Topic, Topics } from './topics.ts';

/** The steps that some service works on over Kafka, or once did: late answers are still read. */
export type KafkaSteps = {
  /** Follows the log until the signal aborts. @throws what the log throws. */
  readonly follow: (signal: AbortSignal) => Promise<void>;
  /**
   * Routes of their tasks, and of those on offer to services over HTTP that have all gone over to Kafka, or away:
   * nobody else would ever take them. The same array until there are others.
   */
  readonly routes: () => readonly string[];
  readonly topics: () => readonly Topic[];
  /** Resolves once there are other steps than `known` at the time of the call, or when the signal aborts. */
  readonly changed: (known: number, signal: AbortSignal) => Promise<void>;
  /** Resolves once the routes are not these any more, or when the signal aborts. */
  readonly rerouted: (known: readonly string[], signal: AbortSignal) => Promise<void>;
};

const CATEGORIES = [orchestrationAggregate.category];

export const createKafkaSteps = (store: Pick<EventStore, 'subscribe'>, topics: Topics): KafkaSteps => {
  const found = new Map<string, Topic>();
  const serving = createServing();
  const left = new Set<string>();
  let routes: readonly string[] = [];
  // Before that, whoever still serves a step over HTTP may not have been read yet.
  let isCaughtUp = false;
  const waiting = createWaiting();

  const take = (event: StoredEvent): void => {
    const registered = registrationIn(event);
    if (registered === undefined) return;
    const { orchName, steps } = registered;
    for (const { name } of steps.filter(({ transport }) => transport === 'kafka'))
      found.set(kafkaRouteOf(orchName, name), topics.work(orchName, name));
    for (const { step, isLeft } of serving.take(registered))
      left[isLeft ? 'add' : 'delete'](routeOf(orchName, step));
  };

  const takeAll = ({ events, caughtUp }: EventBatch): void => {
    events.forEach(take);
    isCaughtUp ||= caughtUp;
    const now = [...found.keys(), ...(isCaughtUp ? left : [])];
    if (!isSame(now, routes)) routes = now;
    waiting.look();
  };

  const follow = async (signal: AbortSignal): Promise<void> => {
    for await (const batch of store.subscribe({ after: START, categories: CATEGORIES, signal }))
      takeAll(batch);
  };

  return {
    follow,
    routes: () => routes,
    topics: () => [...found.values()],
    changed: (known, signal) => waiting.until(() => found.size !== known, signal),
    rerouted: (known, signal) => waiting.until(() => routes !== known, signal),
  };
};

const isSame = (some: readonly string[], others: readonly string[]): boolean =>
  some.length === others.length && some.every((one, index) => one === others[index]);

const registrationIn = ({ type, stream, revision, data }: StoredEvent) => {
  if (type !== 'WorkersRegistered') return undefined;
  const known = orchestrationEvents.WorkersRegistered.safeParse(data).data;
  const orchName = stream.slice(orchestrationAggregate.category.length + 1);
  return known === undefined ? undefined : { ...known, orchName, revision };
};

/** Those who wait until something is so; they look when they are told to. */
const createWaiting = () => {
  const waiting = new Set<() => void>();
  return {
    look: (): void => {
      for (const look of [...waiting]) look();
    },
    until: (isSo: () => boolean, signal: AbortSignal): Promise<void> =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!signal.aborted && !isSo()) return;
          waiting.delete(look);
          signal.removeEventListener('abort', look);
          resolve();
        };
        waiting.add(look);
        signal.addEventListener('abort', look);
        look();
      }),
  };
};
