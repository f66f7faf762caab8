import type { z } from 'zod';
import type { StoredEvent } from '../infra/event-store/port.ts';
import type { Body, CollectionSpec } from '../infra/read-store/port.ts';

/**
 * Events to documents. Pure: no clock, no random, no order but the log's. `fold` throws `CannotFold` for an event
 * type or version it does not know: that blocks the document, not the projection.
 */
export type Projection = {
  readonly spec: CollectionSpec;
  /** Raised when `fold` or the documents' shape changes: the projection is then rebuilt into a new generation. */
  readonly version: number;
  readonly categories: readonly string[];
  /** Every document is of one event and no other: there is none to load before it is folded. */
  readonly isOfOneEvent?: true;
  /** The documents an event concerns; empty for an event that says nothing to this projection. */
  readonly keysOf: (event: StoredEvent) => readonly string[];
  /** The document after the event; null deletes it. `body` is null for a document that does not exist yet. */
  readonly fold: (body: Body | null, event: StoredEvent, id: string) => Body | null;
};

type Typed<Document extends Body> = Omit<Projection, 'fold'> & {
  /** What the documents look like; queries parse with it, the engine trusts what it wrote itself. */
  readonly document: z.ZodType<Document>;
  readonly fold: (document: Document | null, event: StoredEvent, id: string) => Document | null;
};

/** A projection over typed documents, as the engine wants it. */
export const projection = <Document extends Body>({ fold, ...rest }: Typed<Document>): Projection => ({
  ...rest,
  fold: (body, event, id) => {
    // The engine only hands back what this `fold` returned earlier: parsing each time would cost more than folding.
    // eslint-disable-next-line @typescript-eslint/consistent-type-assertions
    return fold(body as Document | null, event, id);
  },
});
