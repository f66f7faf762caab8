import { z } from 'zod';
import type { Decider } from './decider.ts';
import type { DomainEvent } from './event.ts';

/** A decider together with the form its events have in the log. */
export type Aggregate<Command, State, Event extends DomainEvent, Code extends string> = {
  readonly category: string;
  readonly decider: Decider<Command, State, Event, Code>;
  /** Version written into `metadata.schemaVersion` of every new event. */
  readonly schemaVersion: string;
  /** A stored event as the current event union. @throws UnknownEventType, or ZodError for a foreign shape. */
  readonly parse: (stored: { readonly type: string; readonly data: unknown }) => Event;
};

type Schemas = Readonly<Record<string, z.ZodType<object>>>;

/** The event union that a table of schemas describes. */
export type EventOf<Table extends Schemas> = {
  [Type in keyof Table & string]: { readonly type: Type; readonly data: Readonly<z.infer<Table[Type]>> };
}[keyof Table & string];

/** Builds `parse` from a table of schemas, one per event type. */
export const parserOf = <Table extends Schemas>(table: Table) => {
  const schemas = new Map(Object.entries(table));
  return (stored: { readonly type: string; readonly data: unknown }): EventOf<Table> => {
    const schema = schemas.get(stored.type);
    if (schema === undefined) throw new UnknownEventType(stored.type);
    // The compiler cannot see that `type` picked the schema that parsed `data`.
    // eslint-disable-next-line @typescript-eslint/consistent-type-assertions
    return { type: stored.type, data: schema.parse(stored.data) } as unknown as EventOf<Table>;
  };
};

/** Whether a stored event is of a form this version does not know: trying again will not help. */
export const isUnknownForm = (error: unknown): boolean =>
  error instanceof UnknownEventType || error instanceof z.ZodError;

class UnknownEventType extends Error {
  override readonly name = 'UnknownEventType';
  constructor(type: string) {
    super(`unknown event type ${type}`);
  }
}
