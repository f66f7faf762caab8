import { createHash } from 'node:crypto';
import { byName, isWitness, orderLine } from '../../domain/checkpoint.ts';
import type { CoveredHead } from '../../domain/checkpoint.ts';
import type { EventStore, Position, StoredEvent } from '../../infra/event-store/port.ts';

/** What lies behind a checkpoint: where each stream that changed since ends. */
export type Collected = {
  readonly from: Position;
  readonly upTo: Position;
  readonly events: number;
  /** Digest of the order they stand in. */
  readonly order: string;
  /** By name. */
  readonly heads: readonly CoveredHead[];
};

export type Collector = {
  /** Reads on to the end of the log, or until enough is collected. @throws what the log throws. */
  readonly readOn: (signal?: AbortSignal) => Promise<'end' | 'full'>;
  /** How many events so far. */
  readonly count: () => number;
  readonly collected: () => Collected;
};

const PAGE = 1000;

/** @param most a checkpoint covers so many events, or up to a page more: that bounds the memory it takes. */
export const collectAfter = (
  { readAll }: Pick<EventStore, 'readAll'>,
  from: Position,
  most: number,
): Collector => {
  const heads = new Map<string, readonly [revision: number, hash: string]>();
  const order = createHash('sha256');
  const seen = { upTo: from, events: 0 };
  let after = from;
  const take = (event: StoredEvent): void => {
    const { stream, revision, hash, position } = event;
    if (isWitness(stream)) return;
    order.update(orderLine(event));
    heads.set(stream, [revision, hash]);
    seen.events += 1;
    seen.upTo = position;
  };
  return {
    readOn: async (signal) => {
      for (;;) {
        if (seen.events >= most) return 'full';
        const slice = await readAll({ after, max: PAGE });
        slice.events.forEach(take);
        after = slice.position;
        if (slice.isEnd || signal?.aborted === true) return 'end';
      }
    },
    count: () => seen.events,
    collected: () => ({
      ...{ from, ...seen, order: order.copy().digest('hex') },
      heads: [...heads]
        .map(([stream, [revision, hash]]): CoveredHead => [stream, revision, hash])
        .sort(byName),
    }),
  };
};
