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
  readonly parse: (stored: StoredForm) => Event;
};

/** An aggregate whose type follows from its parts. */
export const aggregateOf = <Command, State, Event extends DomainEvent, Code extends string>(
  parts: Aggregate<Command, State, Event, Code>,
): Aggregate<Command, State, Event, Code> => parts;

/** What parsing looks at in a stored event. */
export type StoredForm = {
  readonly type: string;
  readonly data: unknown;
  readonly metadata: { readonly schemaVersion: string };
};

/** Brings the data of one type from one major version to the next. Pure; it may trust that the form is of that version. */
export type Upcast = (data: unknown) => unknown;

/** For each type whose form changed, the steps by the major version they lead away from. Others stay as they are. */
export type Upcasters = Readonly<Record<string, Readonly<Record<number, Upcast>>>>;

type Schemas = Readonly<Record<string, z.ZodType<object>>>;

/** The event union that a table of schemas describes. */
export type EventOf<Table extends Schemas> = {
  [Type in keyof Table & string]: { readonly type: Type; readonly data: Readonly<z.infer<Table[Type]>> };
}[keyof Table & string];

/**
 * Builds `parse` from a table of schemas, one per event type, in the form of `schemaVersion`. Events of older major
 * versions go through their upcasters first, those of older minor ones through the schemas' defaults.
 * The parser throws UnknownEventType, NewerForm for a major version it does not know, ZodError for a foreign shape.
 */
export const parserOf = <Table extends Schemas>(
  table: Table,
  schemaVersion: string,
  upcasters: Upcasters = {},
) => {
  const schemas = new Map(Object.entries(table).map(([type, schema]) => [type, compiledOnce(schema)]));
  const steps = new Map(Object.entries(upcasters));
  const current = majorOf(schemaVersion);
  return ({ type, data, metadata }: StoredForm): EventOf<Table> => {
    const schema = schemas.get(type)?.();
    if (schema === undefined) throw new UnknownEventType(type);
    const found = majorOf(metadata.schemaVersion);
    if (found > current) throw new NewerForm(metadata.schemaVersion);
    const upcast = steps.get(type);
    let form = data;
    for (let major = found; upcast && major < current; major += 1) form = upcast[major]?.(form) ?? form;
    // The compiler cannot see that `type` picked the schema that parsed `data`.
    // eslint-disable-next-line @typescript-eslint/consistent-type-assertions
    return { type, data: schema.parse(form) } as unknown as EventOf<Table>;
  };
};

/** Not before the first event of its type: a start would have to wait for all of them. */
const compiledOnce = (schema: z.ZodType<object>): (() => z.ZodType<object>) => {
  let compiled: z.ZodType<object> | undefined;
  return () => (compiled ??= z.compile(schema));
};

const majorOf = (version: string): number => Number.parseInt(version, 10);

/** Whether a stored event is of a form this version does not know: trying again will not help. */
export const isUnknownForm = (error: unknown): boolean =>
  error instanceof UnknownEventType || error instanceof NewerForm || error instanceof z.ZodError;

/** Written by a later version of the program: nothing is guessed. */
export class NewerForm extends Error {
  override readonly name = 'NewerForm';
  constructor(schemaVersion: string) {
    super(`schema version ${schemaVersion}`);
  }
}

class UnknownEventType extends Error {
  override readonly name = 'UnknownEventType';
  constructor(type: string) {
    super(`unknown event type ${type}`);
  }
}
