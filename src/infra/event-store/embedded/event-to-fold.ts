import type { StoredEvent } from '../port.ts';
import { eventIdIn, hashIn } from './body.ts';
import { toPosition } from './position.ts';
import type { EventRow } from './row.ts';
import type { Decoded } from './stored-event.ts';

/** A row's event for who folds it: few are asked for their ids and hashes, which are made when they are. */
export const eventToFold = (row: EventRow, decoded: Decoded): StoredEvent => new EventToFold(row, decoded);

// A class, as an accessor of each object's own would cost more than it saves.
class EventToFold implements StoredEvent {
  readonly stream: string;
  readonly revision: number;
  readonly position: string;
  readonly type: string;
  readonly data: unknown;
  readonly metadata: StoredEvent['metadata'];
  readonly #row: EventRow;

  constructor(row: EventRow, { stream, type, data, metadata }: Decoded) {
    this.stream = stream;
    this.revision = row.revision;
    this.position = toPosition(row.position);
    this.type = type;
    this.data = data;
    this.metadata = metadata;
    this.#row = row;
  }

  get eventId(): string {
    return eventIdIn(this.#row);
  }

  get hash(): string {
    return hashIn(this.#row);
  }
}
