import { z } from 'zod';
import { detailOf } from '../../../commands/orchestration/register-outcome.ts';
import { attemptEvents, orchestrationEvents } from '../../../domain/orchestration/events.ts';
import { idOf } from '../../../domain/stream-name.ts';
import type { StoredEvent } from '../../event-store/port.ts';
import type { OutRecord } from '../../message-bus/port.ts';
import type { Topics } from '../topics.ts';
import { cloudEventRecord } from './cloud-event.ts';
import type { IntegrationContext } from './integration-event.ts';
import { schemaIdOf } from './public-events.ts';

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
export const REGISTRATION_STATUS_VERSION = '1.0';
const DATASCHEMA = schemaIdOf(REGISTRATION_STATUS_TYPE, REGISTRATION_STATUS_VERSION);

/** What else is known of orchestrations. */
export type Registrations = {
  /** Whether an orchestration had a definition before this revision of its stream. */
  readonly wasDefined: (orchName: string, revision: number) => Promise<boolean>;
  /** The steps that a service works on over Kafka. */
  readonly stepsOverKafka: (orchName: string, service: string) => Promise<readonly string[]>;
};

const REPORTED: ReadonlySet<string> = new Set([
  ...['DefinitionRegistered', 'WorkersRegistered', 'RegistrationAttempted'],
]);

/** What is reported of a registration, whatever became of it; undefined for every other event. */
export const statusRecordOf = (
  context: IntegrationContext,
  registrations: Registrations,
  event: StoredEvent,
): Promise<OutRecord | undefined> | undefined =>
  REPORTED.has(event.type) ? statusOf(context, registrations, event) : undefined;

const statusOf = async (
  context: IntegrationContext,
  registrations: Registrations,
  event: StoredEvent,
): Promise<OutRecord | undefined> => {
  const found = await foundIn(context.topics, registrations, event);
  if (found === undefined) return undefined;
  const { errors, topics = {}, ...rest } = found;
  const failureReason = Object.fromEntries(errors.map((error, index) => [`error_${index}`, error]));
  const { recordedAt: timestamp } = event.metadata;
  const data: Status = { eventType: 'REGISTRATION_STATUS', ...rest, failureReason, timestamp, topics };
  const record = cloudEventRecord(context, event, {
    topic: context.topics.named('status').name,
    // Not the source of integration events: both records of one event have its id.
    source: `urn:skald:${context.namespace}:registrations`,
    type: REGISTRATION_STATUS_TYPE,
    subject: found.orchName,
    dataschema: DATASCHEMA,
    data,
  });
  context.onRecord?.(record, event);
  return record;
};

const foundIn = (
  topics: Topics,
  registrations: Registrations,
  event: StoredEvent,
): Promise<Found | undefined> | Found | undefined => {
  const orchName = idOf(event.stream);
  switch (event.type) {
    case 'DefinitionRegistered':
      return defined(orchName, event);
    case 'WorkersRegistered':
      return workers(topics, registrations, orchName, event);
    case 'RegistrationAttempted':
      return attempted(topics, registrations, event);
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
  { wasDefined }: Registrations,
  orchName: string,
  { data, revision }: StoredEvent,
): Promise<Found | undefined> => {
  const parsed = orchestrationEvents.WorkersRegistered.safeParse(data).data;
  if (parsed === undefined) return undefined;
  const { service: serviceName, steps, unknown, repeated = [] } = parsed;
  const overKafka = steps.filter(({ transport }) => transport === 'kafka');
  const again = new Set(repeated.map((name) => detailOf(orchName, name, 'step_already_registered')));
  const errors = unknown.map((name) => detailOf(orchName, name, 'unknown_step'));
  const isFailed = unknown.length === steps.length;
  const isUndefined = unknown.length > 0 && !(await wasDefined(orchName, revision));
  return {
    ...{ orchName, as: 'worker', serviceName, status: isFailed ? 'FAILED' : 'SUCCESS' },
    errors: [...(isUndefined ? [detailOf(orchName, '', 'unknown_orchestration')] : errors), ...again],
    topics: topicsOf(
      topics,
      orchName,
      overKafka.map(({ name }) => name),
    ),
  };
};

const topicsOf = (topics: Topics, orchName: string, names: readonly string[]): Status['topics'] =>
  Object.fromEntries(names.map((name) => [name, topics.work(orchName, name).name]));

/** A service that registers once more, as it does whenever it starts, is told the same as the first time. */
const attempted = async (
  topics: Topics,
  { stepsOverKafka }: Registrations,
  { data }: StoredEvent,
): Promise<Found | undefined> => {
  const parsed = attemptEvents.RegistrationAttempted.safeParse(data).data;
  if (parsed === undefined) return undefined;
  const { orchName, service: serviceName, outcome, detail, registered, failed } = parsed;
  const found = { orchName, as: parsed.role.toLowerCase(), serviceName };
  if (outcome === 'refused') return { ...found, status: 'FAILED', errors: [detail ?? ''] };
  const named = new Set([...registered, ...failed.map(({ name }) => name)]);
  const overKafka = found.as === 'worker' ? await stepsOverKafka(orchName, serviceName) : [];
  return {
    ...found,
    status: registered.length === 0 && failed.length > 0 ? 'FAILED' : 'SUCCESS',
    errors: [...new Set(failed.map(({ name, code }) => detailOf(orchName, name, code)))],
    topics: topicsOf(
      topics,
      orchName,
      overKafka.filter((name) => named.has(name)),
    ),
  };
};
