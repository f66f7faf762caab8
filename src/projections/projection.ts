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
  /** The documents an event concerns; empty for an event that says nothing to this projection. */
  readonly keysOf: (event: StoredEvent) => readonly string[];
  /**
   * Whether the event is the first of all that concern its documents: there is nothing to load, nor would what is there say
   * anything else than what is folded from here.
   */
  readonly begins?: (event: StoredEvent) => boolean;
  /** The document after the event; null deletes it. `body` is null for a document that does not exist yet. */
  readonly fold: (body: Body | null, event: StoredEvent, id: string) => Body | null;
  /** Whether few documents like this one are changed again, so that it need not be kept at hand. */
  readonly isOver?: (body: Body) => boolean;
  /** Told when a batch is folded: what is remembered of its events is of no more use. */
  readonly afterBatch?: () => void;
};

type Typed<Document extends Body> = Omit<Projection, 'fold' | 'isOver'> & {
  /** What the documents look like; queries parse with it, the engine trusts what it wrote itself. */
  readonly document: z.ZodType<Document>;
  readonly fold: (document: Document | null, event: StoredEvent, id: string) => Document | null;
  readonly isOver?: (document: Document) => boolean;
};

/** A projection over typed documents, as the engine wants it. */
export const projection = <Document extends Body>({
  fold,
  isOver = () => false,
  ...rest
}: Typed<Document>): Projection => {
  // The engine only hands back what this `fold` returned earlier: parsing each time would cost more than folding.
  // eslint-disable-next-line @typescript-eslint/consistent-type-assertions
  const typed = (body: Body): Document => body as Document;
  return {
    ...rest,
    fold: (body, event, id) => fold(body === null ? null : typed(body), event, id),
    isOver: (body) => isOver(typed(body)),
  };
};
