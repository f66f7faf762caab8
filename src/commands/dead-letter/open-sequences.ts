import { isUnknownForm } from '../../domain/aggregate.ts';
import { deadLetterAggregate } from '../../domain/dead-letter/aggregate.ts';
import { START } from '../../infra/event-store/port.ts';
import type { EventStore, Position, StoredEvent } from '../../infra/event-store/port.ts';
import type { Keys } from '../../infra/keys/port.ts';
import { createLetterIndex } from './letter-index.ts';
import { sequenceHasher } from './sequence.ts';
import type { SequenceOf } from './sequence.ts';

export type OpenSequencesDeps = {
  readonly store: Pick<EventStore, 'readAll' | 'lastPosition'>;
  readonly keys: Pick<Keys, 'secret'>;
  /** A letter that cannot be read: it keeps blocking what it blocks. */
  readonly onUnreadable: (stream: string, error: unknown) => void;
};

/** Which keys have a dead letter that is not closed: later records of theirs must queue behind it. */
export type OpenSequences = {
  /** The letter that a record of this key has to queue behind, as the log has it now. @throws what the log throws. */
  readonly isBlocked: (topic: string, key: Uint8Array | null) => Promise<string | undefined>;
  /**
   * Takes up everything the log holds now. To be awaited after each assignment of partitions, before their first
   * record: another process may have parked what came before it. @throws what the log throws.
   */
  readonly catchUp: () => Promise<void>;
  readonly sequenceOf: SequenceOf;
  /** A letter this process has just parked at this position. */
  readonly note: (letterId: string, sequence: string | null, at: Position) => void;
};

const SLICE = 256;

/** Built from the log, read when it is asked for: nothing has to be kept running. */
export const openSequences = async (deps: OpenSequencesDeps): Promise<OpenSequences> => {
  const index = createLetterIndex();
  const sequenceOf = await sequenceHasher(deps.keys);
  let position: Position = START;
  const take = (event: StoredEvent): void => {
    try {
      index.take(event);
    } catch (error) {
      if (!isUnknownForm(error)) throw error;
      deps.onUnreadable(event.stream, error);
    }
  };
  const readOn = async (): Promise<void> => {
    for (;;) {
      const slice = await deps.store.readAll({
        after: position,
        categories: [deadLetterAggregate.category],
        max: SLICE,
      });
      slice.events.forEach(take);
      position = slice.position;
      if (slice.isEnd) return;
    }
  };
  const catchUp = oneAtATime(readOn);
  return {
    isBlocked: async (topic, key) => {
      const sequence = sequenceOf(topic, key);
      if (sequence === null || index.headOf(sequence) === undefined) return undefined;
      // It may have been closed meanwhile.
      await catchUp();
      return index.headOf(sequence)?.id;
    },
    catchUp,
    sequenceOf,
    note: (id, sequence, at) => {
      if (at > position) index.add(id, sequence);
    },
  };
};

/** Callers that come while one is under way share the next one: what they wait for may not be in this one. */
const oneAtATime = (task: () => Promise<void>): (() => Promise<void>) => {
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  const start = (): Promise<void> => {
    next = undefined;
    running = task().finally(() => (running = undefined));
    return running;
  };
  return () => {
    if (running === undefined) return start();
    next ??= running.then(start, start);
    return next;
  };
};
