import { z } from 'zod';
import { inEnvelope, schemaOf } from './asyncapi-messages.ts';
import type { Schema } from './asyncapi-messages.ts';
import { eventTypeOf, isPublic, publicEvents, schemaIdOf } from './out/public-events.ts';
import {
  REGISTRATION_STATUS_TYPE,
  REGISTRATION_STATUS_VERSION,
  registrationStatus,
} from './out/registration-status.ts';

const DIALECT = 'https://json-schema.org/draft/2020-12/schema';

/** A form in which events of a type are stored, or were. */
export type StoredForm = {
  readonly type: string;
  readonly version: string;
  readonly isCurrent: boolean;
  readonly schema: object;
};

/** The exact form of a CloudEvents type in one version, as `dataschema` names it. */
export type EventTypeForm = {
  readonly type: string;
  readonly version: string;
  readonly isCurrent: boolean;
  readonly dataschema: string;
  /** JSON Schema 2020-12; its `$id` is the `dataschema`. */
  readonly schema: Schema;
};

/** What stored forms consist of: nothing else is in `src/schemas`. */
const fields = z.strictObject({
  type: z.literal('object'),
  additionalProperties: z.literal(false),
  properties: z.record(z.string(), z.unknown()),
  required: z.array(z.string()).default([]),
  $schema: z.literal(DIALECT),
});

/** Every form that a record of an event may name, made from what is stored: records stay on topics after an upgrade. */
export const eventTypeForms = (stored: readonly StoredForm[]): readonly EventTypeForm[] => [
  ...publicEvents.flatMap(({ name, category }) =>
    stored
      .filter(({ type }) => type === name)
      .map(({ version, isCurrent, schema }) =>
        formOf(eventTypeOf(category, name, version), version, isCurrent, inEnvelope(publicPartOf(schema))),
      ),
  ),
  formOf(REGISTRATION_STATUS_TYPE, REGISTRATION_STATUS_VERSION, true, schemaOf(registrationStatus)),
];

const formOf = (type: string, version: string, isCurrent: boolean, schema: Schema): EventTypeForm => {
  const dataschema = schemaIdOf(type, version);
  return { type, version, isCurrent, dataschema, schema: { $schema: DIALECT, $id: dataschema, ...schema } };
};

/** Put together as zod does it, so that both descriptions of a record say the same. */
const publicPartOf = (schema: object): Schema => {
  const { type, properties, required: needed, additionalProperties } = fields.parse(schema);
  const required = needed.filter(isPublic);
  return {
    type,
    properties: Object.fromEntries(Object.entries(properties).filter(([field]) => isPublic(field))),
    ...(required.length === 0 ? {} : { required }),
    additionalProperties,
  };
};
