import { z } from 'zod';
import { deadLetterEvents } from '../../../domain/dead-letter/events.ts';
import { instanceEvents } from '../../../domain/instance/events.ts';
import { orchestrationEvents } from '../../../domain/orchestration/events.ts';
import { sagaEvents } from '../../../domain/saga/events.ts';
import { workerEvents } from '../../../domain/worker/events.ts';
import type { TopicRole } from '../topics.ts';

/** How an event of ours looks to everybody else: its name, and what of its data leaves. */
export type PublicEvent = {
  readonly topic: Extract<TopicRole, `${string}Events`>;
  /** Category of the stream. */
  readonly category: string;
  /** CloudEvents type: reverse DNS, past tense, major version. */
  readonly type: string;
  /** Drops what is not public. @throws ZodError for a stored form this version does not know. */
  readonly data: z.ZodType<object>;
};

type Shape = Readonly<Record<string, z.ZodObject>>;

/** Ciphertext and key ids stay here; so does what says nothing outside. */
const HIDDEN = new Set([
  ...['keyId', 'keyIds', 'input', 'result', 'error', 'errors', 'key', 'value', 'headers', 'sequence'],
  'archiveInstanceId',
]);

const tableOf = (topic: PublicEvent['topic'], category: string, schemas: Shape): [string, PublicEvent][] =>
  Object.entries(schemas).map(([type, schema]) => [
    `${category}/${type}`,
    { topic, category, type: eventTypeOf(category, type), data: publicOf(schema) },
  ]);

const publicOf = (schema: z.ZodObject): z.ZodType<object> =>
  z.object(Object.fromEntries(Object.entries(schema.shape).filter(([field]) => !HIDDEN.has(field))));

/** `SagaStarted` of a saga is `dev.skald.saga.started.v1`, `StepFailed` is `dev.skald.saga.step-failed.v1`. */
export const eventTypeOf = (category: string, type: string): string => {
  const words = type.split(/(?=[A-Z])/).map((word) => word.toLowerCase());
  const short = words.length > 1 && words[0] === category ? words.slice(1) : words;
  return `dev.skald.${category}.${short.join('-')}.v1`;
};

const table: ReadonlyMap<string, PublicEvent> = new Map([
  ...tableOf('sagaEvents', 'saga', sagaEvents),
  ...tableOf('orchestrationEvents', 'orchestration', orchestrationEvents),
  ...tableOf('workerEvents', 'worker', workerEvents),
  ...tableOf('deadLetterEvents', 'deadletter', deadLetterEvents),
  ...tableOf('instanceEvents', 'instance', instanceEvents),
]);

export const publicEvents: readonly PublicEvent[] = [...table.values()];

/** Undefined for an event that does not leave. */
export const publicEventOf = (category: string, type: string): PublicEvent | undefined =>
  table.get(`${category}/${type}`);
