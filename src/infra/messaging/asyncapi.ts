import { z } from 'zod';
import { registerInput } from '../../commands/orchestration/register-input.ts';
import { taskAnswerInput } from '../../commands/task/inputs.ts';
import { startMessage } from './in/start.ts';
import { publicEvents } from './out/public-events.ts';
import { REGISTRATION_STATUS_TYPE, registrationStatus } from './out/registration-status.ts';
import { workItem } from './out/work-item.ts';
import type { Topic, TopicRole, Topics } from './topics.ts';

type Schema = Readonly<Record<string, unknown>>;
type Message = {
  readonly name: string;
  readonly title: string;
  readonly contentType: string;
  readonly headers: Schema;
  readonly payload: Schema;
};
type Channel = { readonly id: string; readonly topic: Topic; readonly address: string };

const schemaOf = (schema: z.ZodType, io: 'input' | 'output' = 'output'): Schema => {
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

/** AsyncAPI 3 of everything that goes over the bus, from the schemas that records are read and written with. */
export const asyncApiOf = (topics: Topics): object => {
  const channels = channelsOf(topics);
  return {
    asyncapi: '3.0.0',
    info: { title: 'Skald', version: '1', description: 'Event-sourced orchestration.' },
    defaultContentType: 'application/json',
    channels: Object.fromEntries(channels.map((channel) => [channel.id, describe(channel)])),
    operations: Object.fromEntries(channels.flatMap(operationsOf)),
    components: { messages: Object.fromEntries(allMessages().map((message) => [message.name, message])) },
  };
};

const channelsOf = (topics: Topics): readonly Channel[] => {
  const work = topics.work('orchestration', 'step');
  const address = work.name.replace('orchestration.step', '{orchName}.{stepName}');
  return [
    ...topics.fixed.map((topic) => ({ id: topic.role, topic, address: topic.name })),
    { id: 'work', topic: work, address },
  ];
};

const WORK_PARAMETERS = {
  orchName: { description: 'Name of the orchestration.' },
  stepName: {
    description:
      'Name of the step. Where a name holds what separates names here, a dash and eight hexadecimal digits follow: ' +
      'the registration status names the topic.',
  },
};

const describe = ({ topic, address }: Channel): Schema => ({
  address,
  messages: Object.fromEntries(
    messagesOf(topic.role).map(({ name }) => [name, { $ref: `#/components/messages/${name}` }]),
  ),
  ...(topic.role === 'work' ? { parameters: WORK_PARAMETERS } : {}),
  bindings: {
    kafka: {
      partitions: topic.partitions,
      topicConfiguration: { 'retention.ms': topic.retentionMs },
      bindingVersion: '0.5.0',
    },
  },
});

const operationsOf = ({ id, topic }: Channel): readonly (readonly [string, Schema])[] => {
  const channel = { $ref: `#/channels/${id}` };
  const operation = (action: 'send' | 'receive', names: readonly Message[]) =>
    [
      `${action}${id.charAt(0).toUpperCase()}${id.slice(1)}`,
      { action, channel, messages: names.map(({ name }) => ({ $ref: `#/channels/${id}/messages/${name}` })) },
    ] as const;
  if (topic.role === 'work') return [operation('send', [task()]), operation('receive', [answer()])];
  return [operation(topic.direction === 'in' ? 'receive' : 'send', messagesOf(topic.role))];
};

const messagesOf = (role: TopicRole): readonly Message[] => {
  switch (role) {
    case 'registration':
      return [registration()];
    case 'start':
      return [start()];
    case 'answers':
      return [answer()];
    case 'work':
      return [task(), answer()];
    case 'status':
      return [status()];
    case 'sagaEvents':
    case 'orchestrationEvents':
    case 'workerEvents':
    case 'deadLetterEvents':
      return publicEvents.filter(({ topic }) => topic === role).map(eventMessage);
  }
};

const allMessages = (): readonly Message[] => [
  ...[registration(), start(), answer(), task(), status()],
  ...publicEvents.map(eventMessage),
];

const IDENTITY = ['ce_source', 'ce_id', 'correlationid'];

const registration = (): Message => ({
  name: 'registration',
  title: 'Registers an initiator or a worker; without a transport, a worker over Kafka',
  contentType: 'application/yaml',
  headers: headersOf(['serviceName', 'X-Service-Name', ...IDENTITY]),
  payload: schemaOf(registerInput, 'input'),
});

const start = (): Message => ({
  name: 'start',
  title: 'Starts a run; with the header flowId under that id',
  contentType: 'application/json',
  headers: headersOf(['flowId', 'serviceName', ...IDENTITY]),
  payload: schemaOf(startMessage, 'input'),
});

const answer = (): Message => ({
  name: 'answer',
  title: 'What became of a task; where body and headers differ the body counts',
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
  payload: schemaOf(taskAnswerInput, 'input'),
});

const WORK_HEADERS = [
  ...['flowId', 'orchName', 'stepName', 'action', 'initiator', 'worker', 'timestamp', 'attempt'],
  ...['effectId', 'correlationid', 'traceparent', 'content-type', 'skald-origin'],
];

const task = (): Message => ({
  name: 'task',
  title: 'Work for whoever registered for the step; the same attempt may come more than once',
  contentType: 'application/json',
  headers: headersOf(WORK_HEADERS, WORK_HEADERS),
  payload: schemaOf(workItem),
});

const CLOUD_EVENT_HEADERS = [
  ...['ce_specversion', 'ce_id', 'ce_source', 'ce_type', 'ce_subject', 'ce_time', 'ce_sequence'],
  ...['ce_correlationid', 'ce_causationid', 'ce_partitionkey', 'traceparent', 'content-type'],
];

const cloudEvent = (type: string, title: string, payload: Schema): Message => ({
  name: type,
  title,
  contentType: 'application/json',
  headers: headersOf(CLOUD_EVENT_HEADERS, CLOUD_EVENT_HEADERS, { ce_type: type }),
  payload,
});

const status = (): Message =>
  cloudEvent(REGISTRATION_STATUS_TYPE, 'What became of a registration', schemaOf(registrationStatus));

const eventMessage = ({ type, category, data }: (typeof publicEvents)[number]): Message =>
  cloudEvent(type, `On the stream of a ${category}`, {
    type: 'object',
    properties: {
      stream: { type: 'string' },
      revision: { type: 'integer' },
      data: { anyOf: [schemaOf(data), { type: 'null' }] },
    },
    required: ['stream', 'revision', 'data'],
  });
