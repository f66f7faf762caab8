import { z } from 'zod';
import { readEventSchemas } from '../event-schemas.ts';
import type { EventSchema } from '../event-schemas.ts';
import { problem } from '../problem-details.ts';
import type { App } from '../typed-app.ts';
import { eventTypeRoutes } from './event-types.ts';
import type { EventTypeForms } from './event-types.ts';
import { needs, operation } from './operation.ts';

const TAG = 'streams';
const eventType = z.string().regex(/^[A-Za-z]{1,80}$/, 'must be the name of an event type');
const version = z.string().regex(/^\d{1,4}\.\d{1,4}$/, 'must be a version like 1.0');

const described = z.strictObject({
  type: eventType,
  version,
  /** New events have this version. */
  isCurrent: z.boolean(),
  /** Where its JSON Schema is. */
  href: z.string(),
});

/** The forms that events may have: every type, in every version that was ever written; stored, and published. */
export const schemaRoutes = (app: App, published: EventTypeForms = () => []): void => {
  let read: readonly EventSchema[] | undefined;
  const all = (): readonly EventSchema[] => (read ??= readEventSchemas());
  listRoute(app, all);
  schemaRoute(app, all);
  eventTypeRoutes(app, () => published(all()));
};

type All = () => readonly EventSchema[];

const listRoute = (app: App, all: All): void => {
  const querystring = z.strictObject({ type: eventType.optional() });
  const answer = z.strictObject({ items: z.array(described) });
  const schema = { ...operation(TAG, 'Event types and their versions', answer), querystring };
  app.get('/api/v1/schemas', { ...needs('stream:read'), schema }, (request) => {
    const { type: wanted } = request.query;
    const found = all().filter(({ type }) => wanted === undefined || type === wanted);
    return { items: found.map(describedAs) };
  });
};

const describedAs = ({ type, version: of, isCurrent }: EventSchema) => ({
  ...{ type, version: of, isCurrent },
  href: `/api/v1/schemas/${type}/${of}`,
});

const schemaRoute = (app: App, all: All): void => {
  const params = z.strictObject({ type: eventType, version: version.or(z.literal('current')) });
  const answer = z.looseObject({ $schema: z.string() });
  const schema = { ...operation(TAG, 'The JSON Schema of an event type in a version', answer), params };
  app.get('/api/v1/schemas/:type/:version', { ...needs('stream:read'), schema }, (request) => {
    const { type, version: asked } = request.params;
    const found = all().find(
      (one) => one.type === type && (asked === 'current' ? one.isCurrent : one.version === asked),
    );
    if (found === undefined) throw problem('unknown_schema', `there is no ${type} in version ${asked}`);
    return answer.parse(found.schema);
  });
};
