import { z } from 'zod';
import { attemptEvents, orchestrationEvents } from '../../../domain/orchestration/events.ts';
import type { StoredEvent } from '../../event-store/port.ts';
import type { OutRecord } from '../../message-bus/port.ts';
import type { Topics } from '../topics.ts';
import { cloudEventRecord } from './cloud-event.ts';
import type { IntegrationContext } from './integration-event.ts';

export const registrationStatus = z.strictObject({
  eventType: z.literal('REGISTRATION_STATUS'),
  orchName: z.string(),
  as: z.string(),
  serviceName: z.string(),
  status: z.enum(['SUCCESS', 'FAILED']),
  /** `error_0`, `error_1`, …; with SUCCESS the steps that could not be registered. */
  failureReason: z.record(z.string(), z.string()),
  timestamp: z.string(),
  /** Where the tasks of each step come, for a worker over Kafka. */
  topics: z.record(z.string(), z.string()),
});
type Status = z.infer<typeof registrationStatus>;
type Found = Pick<Status, 'orchName' | 'as' | 'serviceName' | 'status'> & {
  readonly errors: readonly string[];
  readonly topics?: Status['topics'];
};

export const REGISTRATION_STATUS_TYPE = 'dev.skald.registration.status-reported.v1';

/** Whether an orchestration had a definition before this revision of its stream. */
export type WasDefined = (orchName: string, revision: number) => Promise<boolean>;

const REPORTED: ReadonlySet<string> = new Set([
  ...['DefinitionRegistered', 'WorkersRegistered', 'RegistrationAttempted'],
]);

/** What is reported of a registration, whatever became of it; undefined for every other event. */
export const statusRecordOf = (
  context: IntegrationContext,
  wasDefined: WasDefined,
  event: StoredEvent,
): Promise<OutRecord | undefined> | undefined =>
  REPORTED.has(event.type) ? statusOf(context, wasDefined, event) : undefined;

const statusOf = async (
  context: IntegrationContext,
  wasDefined: WasDefined,
  event: StoredEvent,
): Promise<OutRecord | undefined> => {
  const found = await foundIn(context.topics, wasDefined, event);
  if (found === undefined) return undefined;
  const { errors, topics = {}, ...rest } = found;
  const failureReason = Object.fromEntries(errors.map((error, index) => [`error_${index}`, error]));
  const { recordedAt: timestamp } = event.metadata;
  const data: Status = { eventType: 'REGISTRATION_STATUS', ...rest, failureReason, timestamp, topics };
  return cloudEventRecord(context, event, {
    topic: context.topics.named('status').name,
    // Not the source of integration events: both records of one event have its id.
    source: `urn:skald:${context.namespace}:registrations`,
    type: REGISTRATION_STATUS_TYPE,
    subject: found.orchName,
    data,
  });
};

const foundIn = (
  topics: Topics,
  wasDefined: WasDefined,
  event: StoredEvent,
): Promise<Found | undefined> | Found | undefined => {
  const orchName = event.stream.slice(event.stream.indexOf('-') + 1);
  switch (event.type) {
    case 'DefinitionRegistered':
      return defined(orchName, event);
    case 'WorkersRegistered':
      return workers(topics, wasDefined, orchName, event);
    case 'RegistrationAttempted':
      return attempted(event);
    default:
      return undefined;
  }
};

const defined = (orchName: string, { data }: StoredEvent): Found | undefined => {
  const parsed = orchestrationEvents.DefinitionRegistered.safeParse(data).data;
  if (parsed === undefined) return undefined;
  return { orchName, as: 'initiator', serviceName: parsed.initiator, status: 'SUCCESS', errors: [] };
};

const workers = async (
  topics: Topics,
  wasDefined: WasDefined,
  orchName: string,
  { data, revision }: StoredEvent,
): Promise<Found | undefined> => {
  const parsed = orchestrationEvents.WorkersRegistered.safeParse(data).data;
  if (parsed === undefined) return undefined;
  const { service: serviceName, steps, unknown } = parsed;
  const overKafka = steps.filter(({ transport }) => transport === 'kafka');
  const errors = unknown.map((name) => `Step not found in orchestration: ${name}`);
  const isFailed = unknown.length === steps.length;
  const isUndefined = unknown.length > 0 && !(await wasDefined(orchName, revision));
  return {
    ...{ orchName, as: 'worker', serviceName, status: isFailed ? 'FAILED' : 'SUCCESS' },
    errors: isUndefined ? [`Orchestration not found: ${orchName}`] : errors,
    topics: Object.fromEntries(overKafka.map(({ name }) => [name, topics.work(orchName, name).name])),
  };
};

const attempted = ({ data }: StoredEvent): Found | undefined => {
  const parsed = attemptEvents.RegistrationAttempted.safeParse(data).data;
  if (parsed === undefined) return undefined;
  const { orchName, role, service: serviceName, outcome, detail, registered, failed } = parsed;
  const isFailed = outcome === 'refused' || (registered.length === 0 && failed.length > 0);
  const errors = failed.map(({ name, code }) => `${code}: ${name}`);
  return {
    ...{ orchName, as: role.toLowerCase(), serviceName, status: isFailed ? 'FAILED' : 'SUCCESS' },
    errors: outcome === 'refused' ? [detail ?? ''] : errors,
  };
};
