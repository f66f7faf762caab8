import { CORRELATION, REPLY_TOPIC } from './take-headers-request.ts';
import { FLOW_HEADERS } from './flow-headers.ts';
import { ORIGIN } from './instance-record.ts';
import type { InstanceTopicRole } from './instance-topics.ts';

type Schema = Readonly<Record<string, unknown>>;
type Described = { readonly title: string; readonly headers: Schema; readonly payload: Schema };

const int64 = { type: 'integer', format: 'int64' };
const text = { type: 'string' };
const uuid = { type: 'string', format: 'uuid' };
const mapOf = (values: Schema): Schema => ({ type: 'object', additionalProperties: values });
const refTo = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

const error = {
  type: 'object',
  properties: { errorCode: { ...text, minLength: 1 }, args: { anyOf: [mapOf(text), { type: 'null' }] } },
  required: ['errorCode'],
};
const errors = { errors: { type: 'array', items: error } };

/** What the messages about instances are made of. */
export const instanceSchemas: Readonly<Record<string, Schema>> = {
  instanceObject: {
    type: 'object',
    properties: {
      id: { ...int64, readOnly: true },
      valuePerKey: mapOf(text),
      objectCollectionPerKey: mapOf({ type: 'array', items: refTo('instanceObject') }),
      createdAt: {
        type: 'string',
        format: 'date-time',
        description: 'When it was made. From others also an integer: milliseconds since 1970.',
      },
    },
  },
  flowHeaders: {
    type: 'object',
    properties: {
      ...{ sourceApplicationId: int64, correlationId: uuid, sourceApplicationIntegrationId: text },
      ...{ sourceApplicationInstanceId: text, fileIds: { type: 'array', items: uuid } },
      ...{ integrationId: int64, instanceId: int64, configurationId: int64, archiveInstanceId: text },
    },
    required: ['sourceApplicationId', 'correlationId'],
  },
  errorCollection: { type: 'object', properties: errors, required: ['errors'] },
  instanceErrorEvent: {
    type: 'object',
    properties: {
      name: { enum: ['RECEIVAL', 'REGISTRATION', 'RETRY_REQUEST', 'MAPPING', 'DISPATCHING'] },
      ...errors,
    },
    required: ['name', 'errors'],
  },
};

const ofFlow = (title: string, payload: Schema): Described => {
  const flow = {
    type: 'string',
    contentMediaType: 'application/json',
    contentSchema: refTo('flowHeaders'),
  };
  const headers = { type: 'object', properties: { [FLOW_HEADERS]: flow, [ORIGIN]: text } };
  return { title, headers: { ...headers, required: [FLOW_HEADERS] }, payload };
};

const withHeaders = (title: string, names: readonly string[], payload: Schema): Described => {
  const properties = Object.fromEntries([...names, ORIGIN].map((name) => [name, text]));
  return { title, headers: { type: 'object', properties, required: names }, payload };
};

const nothing = { type: 'null' };
const object = refTo('instanceObject');
const collection = refTo('errorCollection');

const ASKING =
  'Asks for the flow headers of an instance. The topic for the reply is called as this one is, but `reply` for ' +
  '`request`, and for `by.instance-id` who asks in front: `<org>.<domain>.reply.<who asks>.<what>`';

/** Each documented topic holds one kind of message. */
export const instanceMessages: Readonly<Record<InstanceTopicRole, Described>> = {
  instanceReceived: ofFlow('An instance came in', object),
  instanceDispatched: ofFlow('An instance was passed on: its values are deleted', {
    anyOf: [object, nothing],
  }),
  instanceMapped: ofFlow('An instance was mapped', {}),
  instanceReadyForDispatch: ofFlow('An instance is ready to be passed on', {}),
  instanceReceivalError: ofFlow('An instance was refused before it came to us', collection),
  instanceMappingError: ofFlow('An instance could not be mapped', collection),
  instanceDispatchingError: ofFlow('An instance could not be passed on', collection),
  instanceRegistered: ofFlow('An instance got its id', object),
  instanceRequestedForRetry: ofFlow('An instance goes out again', object),
  instanceDeleted: ofFlow('The values of an instance are deleted', nothing),
  instanceRegistrationError: ofFlow('An instance could not be registered', collection),
  instanceRetryRequestError: ofFlow('A retry could not be asked for', collection),
  instanceError: ofFlow('Something went wrong with an instance', refTo('instanceErrorEvent')),
  headersRequest: withHeaders(ASKING, [CORRELATION, REPLY_TOPIC], int64),
  headersReply: withHeaders('The flow headers of an instance, null where there are none', [CORRELATION], {
    anyOf: [refTo('flowHeaders'), nothing],
  }),
};
