import { z } from 'zod';
import { registerInput } from '../../commands/orchestration/register-input.ts';
import { taskAnswerInput } from '../../commands/task/inputs.ts';
import { signedCheckpoint } from '../../domain/checkpoint.ts';
import { serviceName } from '../../domain/names.ts';
import { startMessage } from './in/start.ts';
import { schemaIdOf } from './out/public-events.ts';
import type { PublicEvent } from './out/public-events.ts';
import {
  REGISTRATION_STATUS_TYPE,
  REGISTRATION_STATUS_VERSION,
  registrationStatus,
} from './out/registration-status.ts';
import { workItem } from './out/work-item.ts';

export type Schema = Readonly<Record<string, unknown>>;
export type Message = {
  readonly name: string;
  readonly title: string;
  readonly contentType: string;
  readonly headers: Schema;
  readonly payload: Schema;
};
/** JSON Schema of what zod describes, without the version of JSON Schema. */
export const schemaOf = (schema: z.ZodType, io: 'input' | 'output' = 'output'): Schema => {
  const described: Schema = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  return Object.fromEntries(Object.entries(described).filter(([name]) => name !== '$schema'));
};

const headersOf = (
  names: readonly string[],
  required: readonly string[] = [],
  fixed: Readonly<Record<string, string>> = {},
): Schema => ({
  type: 'object',
  properties: Object.fromEntries(
    names.map((name) => [name, name in fixed ? { type: 'string', const: fixed[name] } : { type: 'string' }]),
  ),
  required,
});

const IDENTITY = ['ce_source', 'ce_id', 'correlationid'];

const ofFields = z.looseObject({ properties: z.record(z.string(), z.looseObject({})) });

/** What is said in a record, and how what is not said is taken: as `takeRegistration` does. */
const registrationPayload = (): Schema => {
  const { properties, ...rest } = ofFields.parse(schemaOf(registerInput, 'input'));
  const transport = { ...properties['transport'], default: 'kafka' };
  return { ...rest, properties: { ...properties, transport, serviceName: schemaOf(serviceName) } };
};

export const registration = (): Message => ({
  name: 'registration',
  title: 'Registers an initiator or a worker; without a transport, a worker over Kafka',
  contentType: 'application/yaml',
  headers: headersOf(['serviceName', 'X-Service-Name', ...IDENTITY]),
  payload: registrationPayload(),
});

/** A checkpoint as it was signed; `docs/audit.md` says how it is checked. */
export const checkpoint = (): Message => ({
  name: 'checkpoint',
  title: 'A signed checkpoint of the log; its key is the id of the log',
  contentType: 'application/json',
  headers: headersOf(['content-type'], ['content-type'], { 'content-type': 'application/json' }),
  payload: schemaOf(signedCheckpoint),
});

export const start = (): Message => ({
  name: 'start',
  title: 'Starts a run; with the header flowId under that id',
  contentType: 'application/json',
  headers: headersOf(['flowId', 'serviceName', ...IDENTITY]),
  payload: schemaOf(startMessage, 'input'),
});

/** What is left out may stand in headers; fields that we do not know are not ours to judge. */
const answerPayload = z.looseObject({
  ...taskAnswerInput.partial().shape,
  metadata: z.looseObject(taskAnswerInput.shape.metadata.partial().shape).optional(),
});

export const answer = (): Message => ({
  name: 'answer',
  title: 'What became of a task, in the body or in headers; where they differ the body counts',
  contentType: 'application/json',
  headers: headersOf([
    'status',
    'errorMessage',
    'flowId',
    'orchName',
    'stepName',
    'action',
    'attempt',
    ...IDENTITY,
  ]),
  payload: schemaOf(answerPayload, 'input'),
});

const WORK_HEADERS = [
  ...['flowId', 'orchName', 'stepName', 'action', 'initiator', 'worker', 'timestamp', 'attempt'],
  ...['effectId', 'correlationid', 'traceparent', 'content-type', 'skald-origin'],
];

export const task = (): Message => ({
  name: 'task',
  title: 'Work for whoever registered for the step; the same attempt may come more than once',
  contentType: 'application/json',
  headers: headersOf(WORK_HEADERS, WORK_HEADERS),
  payload: schemaOf(workItem),
});

const CLOUD_EVENT_HEADERS = [
  ...['ce_specversion', 'ce_id', 'ce_source', 'ce_type', 'ce_subject', 'ce_time', 'ce_sequence'],
  ...[
    'ce_correlationid',
    'ce_causationid',
    'ce_partitionkey',
    'traceparent',
    'content-type',
    'ce_dataschema',
  ],
];

type Named = Pick<PublicEvent, 'type' | 'dataschema'>;

const cloudEvent = ({ type, dataschema }: Named, title: string, payload: Schema): Message => ({
  name: type,
  title,
  contentType: 'application/json',
  headers: headersOf(CLOUD_EVENT_HEADERS, CLOUD_EVENT_HEADERS, {
    ...{ ce_type: type, ce_dataschema: dataschema },
  }),
  payload,
});

const STATUS: Named = {
  type: REGISTRATION_STATUS_TYPE,
  dataschema: schemaIdOf(REGISTRATION_STATUS_TYPE, REGISTRATION_STATUS_VERSION),
};

export const status = (): Message =>
  cloudEvent(STATUS, 'What became of a registration', schemaOf(registrationStatus));

export const eventMessage = (event: PublicEvent): Message =>
  cloudEvent(event, `On the stream of a ${event.category}`, inEnvelope(schemaOf(event.data)));

/** What is published of an event: where it stands, and its data, which are left out where they are too large. */
export const inEnvelope = (data: Schema): Schema => ({
  type: 'object',
  properties: {
    stream: { type: 'string' },
    revision: { type: 'integer' },
    data: { anyOf: [data, { type: 'null' }] },
  },
  required: ['stream', 'revision', 'data'],
});
