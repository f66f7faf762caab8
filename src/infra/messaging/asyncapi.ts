import { answer, checkpoint, eventMessage, registration, start, status, task } from './asyncapi-messages.ts';
import type { Message, Schema } from './asyncapi-messages.ts';
import { instanceMessages, instanceSchemas } from './instances/async-api.ts';
import type { InstanceTopicRole } from './instances/instance-topics.ts';
import { publicEvents } from './out/public-events.ts';
import type { Topic, TopicRole, Topics } from './topics.ts';

type Channel = { readonly id: string; readonly topic: Topic; readonly address: string };

/** AsyncAPI 3 of everything that goes over the bus, from the schemas that records are read and written with. */
export const asyncApiOf = (topics: Topics): object => {
  const channels = channelsOf(topics);
  return {
    asyncapi: '3.0.0',
    info: { title: 'Skald', version: '1', description: 'Event-sourced orchestration.' },
    defaultContentType: 'application/json',
    channels: Object.fromEntries(channels.map((channel) => [channel.id, describe(channel)])),
    operations: Object.fromEntries(channels.flatMap(operationsOf)),
    components: {
      messages: Object.fromEntries(allMessages(topics).map((message) => [message.name, message])),
      schemas: instanceSchemas,
    },
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
      ...(topic.replicas === undefined ? {} : { replicas: topic.replicas }),
      topicConfiguration: {
        'retention.ms': topic.retentionMs,
        ...(topic.segmentMs === undefined ? {} : { 'segment.ms': topic.segmentMs }),
      },
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
  const messages = messagesOf(topic.role);
  return [
    ...(topic.direction === 'in' ? [] : [operation('send', messages)]),
    ...(topic.direction === 'out' ? [] : [operation('receive', messages)]),
  ];
};

const isDocumented = (role: TopicRole): role is InstanceTopicRole => role in instanceMessages;

const messagesOf = (role: TopicRole): readonly Message[] => {
  if (isDocumented(role)) return [{ name: role, contentType: 'application/json', ...instanceMessages[role] }];
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
    case 'checkpoints':
      return [checkpoint()];
    case 'sagaEvents':
    case 'orchestrationEvents':
    case 'workerEvents':
    case 'deadLetterEvents':
    case 'instanceEvents':
      return publicEvents.filter(({ topic }) => topic === role).map(eventMessage);
  }
};

const allMessages = ({ instances }: Topics): readonly Message[] => [
  ...[registration(), start(), answer(), task(), status(), checkpoint()],
  ...publicEvents.map(eventMessage),
  ...instances.all.flatMap(({ role }) => messagesOf(role)),
];
