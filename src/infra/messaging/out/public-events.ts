import { z } from 'zod';
import { deadLetterEvents, deadLetterSchemaVersion } from '../../../domain/dead-letter/events.ts';
import { instanceEvents, instanceSchemaVersion } from '../../../domain/instance/events.ts';
import { orchestrationEvents, orchestrationSchemaVersion } from '../../../domain/orchestration/events.ts';
import { sagaEvents, sagaSchemaVersion } from '../../../domain/saga/events.ts';
import { workerEvents, workerSchemaVersion } from '../../../domain/worker/events.ts';
import type { StoredEvent } from '../../event-store/port.ts';
import type { TopicRole } from '../topics.ts';

/** How an event of ours looks to everybody else: its name, and what of its data leaves. */
export type PublicEvent = {
  readonly topic: Extract<TopicRole, `${string}Events`>;
  /** Category of the stream. */
  readonly category: string;
  /** Its name in the log. */
  readonly name: string;
  /** CloudEvents type: reverse DNS, past tense, major version. */
  readonly type: string;
  /** Names the form it has outside: ADR 31. */
  readonly dataschema: string;
  /** What leaves of its data. */
  readonly data: z.ZodType<object>;
  /** An event's data without what is not public; undefined for a stored form this version does not know. */
  readonly publicDataOf: (event: Stored) => object | undefined;
};

type Stored = Pick<StoredEvent, 'data'> & {
  readonly metadata: Pick<StoredEvent['metadata'], 'schemaVersion'>;
};

type Shape = Readonly<Record<string, z.ZodObject>>;

/** Ciphertext and key ids stay here; so does what says nothing outside. */
const HIDDEN = new Set([
  ...['keyId', 'keyIds', 'input', 'result', 'error', 'errors', 'key', 'value', 'headers', 'sequence'],
  'archiveInstanceId',
]);

type ByType = ReadonlyMap<string, PublicEvent>;

const tableOf = (
  topic: PublicEvent['topic'],
  category: string,
  schemas: Shape,
  schemaVersion: string,
): [string, ByType] => {
  const ofType = ([type, schema]: [string, z.ZodObject]): [string, PublicEvent] => {
    const data = publicOf(schema);
    const publicDataOf = publicDataBy(data, schemaVersion);
    const outside = eventTypeOf(category, type, schemaVersion);
    const named = { name: type, type: outside, dataschema: schemaIdOf(outside, schemaVersion) };
    return [type, { topic, category, ...named, data, publicDataOf }];
  };
  return [category, new Map(Object.entries(schemas).map(ofType))];
};

const publicOf = (schema: z.ZodObject): z.ZodObject =>
  z.object(Object.fromEntries(Object.entries(schema.shape).filter(([field]) => isPublic(field))));

/** Whether a field of an event's data leaves with it. */
export const isPublic = (field: string): boolean => !HIDDEN.has(field);

/** What is in the form of this version is so since it was written: only other forms are looked at again. */
const publicDataBy = (data: z.ZodObject, schemaVersion: string): PublicEvent['publicDataOf'] => {
  const fields = Object.keys(data.shape);
  return ({ data: stored, metadata }) =>
    metadata.schemaVersion === schemaVersion && isFields(stored)
      ? picked(stored, fields)
      : data.safeParse(stored).data;
};

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null;

const picked = (from: Fields, fields: readonly string[]): Fields => {
  const found: Record<string, unknown> = {};
  for (const field of fields) found[field] = from[field];
  return found;
};

/** `SagaStarted` of a saga is `dev.skald.saga.started.v1`, `StepFailed` is `dev.skald.saga.step-failed.v1`. */
export const eventTypeOf = (category: string, type: string, schemaVersion: string): string => {
  const words = type.split(/(?=[A-Z])/).map((word) => word.toLowerCase());
  const short = words.length > 1 && words[0] === category ? words.slice(1) : words;
  return `dev.skald.${category}.${short.join('-')}.v${schemaVersion.split('.')[0] ?? ''}`;
};

/** The name of the exact form that a type has in a version: an absolute URI, as CloudEvents asks for. */
export const schemaIdOf = (type: string, schemaVersion: string): string =>
  `urn:skald:schema:${type}:${schemaVersion}`;

const table: ReadonlyMap<string, ByType> = new Map([
  tableOf('sagaEvents', 'saga', sagaEvents, sagaSchemaVersion),
  tableOf('orchestrationEvents', 'orchestration', orchestrationEvents, orchestrationSchemaVersion),
  tableOf('workerEvents', 'worker', workerEvents, workerSchemaVersion),
  tableOf('deadLetterEvents', 'deadletter', deadLetterEvents, deadLetterSchemaVersion),
  tableOf('instanceEvents', 'instance', instanceEvents, instanceSchemaVersion),
]);

export const publicEvents: readonly PublicEvent[] = [...table.values()].flatMap((types) => [
  ...types.values(),
]);

/** Undefined for an event that does not leave. */
export const publicEventOf = (category: string, type: string): PublicEvent | undefined =>
  table.get(category)?.get(type);
