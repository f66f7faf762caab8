import { z } from 'zod';
import type { EventSchema } from '../event-schemas.ts';
import { problem } from '../problem-details.ts';
import type { App } from '../typed-app.ts';
import { needs, operation } from './operation.ts';

const TAG = 'streams';
const eventType = z.string().regex(/^[a-z0-9.-]{1,120}$/, 'must be a type like dev.skald.saga.started.v1');
const version = z.string().regex(/^\d{1,4}\.\d{1,4}$/, 'must be a version like 1.0');

const described = z.strictObject({
  type: eventType,
  version,
  /** Records that are published now have this form. */
  isCurrent: z.boolean(),
  /** As `ce_dataschema` says. */
  dataschema: z.string(),
  /** Where its JSON Schema is. */
  href: z.string(),
});

type Form = Omit<z.output<typeof described>, 'href'> & { readonly schema: object };
/** Of the forms that events are stored in those that they are published in. */
export type EventTypeForms = (stored: readonly EventSchema[]) => readonly Form[];
type All = () => readonly Form[];

/** The types of what is published, as CloudEvents names them, in every version that a topic may hold. */
export const eventTypeRoutes = (app: App, read: All): void => {
  let forms: readonly Form[] | undefined;
  const all: All = () => (forms ??= read());
  listRoute(app, all);
  schemaRoute(app, all);
};

const listRoute = (app: App, all: All): void => {
  const querystring = z.strictObject({ type: eventType.optional() });
  const answer = z.strictObject({ items: z.array(described) });
  const schema = { ...operation(TAG, 'Types of published events and their versions', answer), querystring };
  app.get('/api/v1/event-types', { ...needs('public'), schema }, (request) => {
    const { type: wanted } = request.query;
    return {
      items: all().flatMap((form) => ((wanted ?? form.type) === form.type ? [describedAs(form)] : [])),
    };
  });
};

const describedAs = ({ type, version: of, isCurrent, dataschema }: Form) => ({
  ...{ type, version: of, isCurrent, dataschema },
  href: `/api/v1/event-types/${type}/schemas/${of}`,
});

const schemaRoute = (app: App, all: All): void => {
  const params = z.strictObject({ type: eventType, version: version.or(z.literal('current')) });
  const answer = z.looseObject({ $schema: z.string() });
  const schema = {
    ...operation(TAG, 'The JSON Schema of a published event in a version', answer),
    params,
  };
  app.get('/api/v1/event-types/:type/schemas/:version', { ...needs('public'), schema }, (request) => {
    const { type, version: asked } = request.params;
    const found = all().find(
      (form) => form.type === type && (asked === 'current' ? form.isCurrent : form.version === asked),
    );
    if (found === undefined) throw problem('unknown_schema', `there is no ${type} in version ${asked}`);
    return answer.parse(found.schema);
  });
};
