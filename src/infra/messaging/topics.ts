import { createHash } from 'node:crypto';
import type { TopicSpec } from '../message-bus/port.ts';

export type TopicRole =
  | 'registration'
  | 'start'
  | 'answers'
  | 'status'
  | 'sagaEvents'
  | 'orchestrationEvents'
  | 'workerEvents'
  | 'deadLetterEvents'
  | 'work';

export type Topic = TopicSpec & {
  readonly role: TopicRole;
  /** As we see it; work topics go both ways: tasks out, answers in. */
  readonly direction: 'in' | 'out' | 'both';
  readonly format: 'yaml' | 'json' | 'cloudevents';
};

export type TopicConfig = {
  /** `[a-z][a-z0-9]*`: first part of the names of integration event topics. */
  readonly namespace: string;
  /** First part of the documented names, `orchestrator` unless said otherwise. */
  readonly topicPrefix?: string;
  /** What differs from the table. Retention in milliseconds, -1 for ever. */
  readonly overrides?: Readonly<
    Partial<Record<TopicRole, Partial<Pick<TopicSpec, 'partitions' | 'retentionMs'>>>>
  >;
};

export type Topics = {
  /** Every topic but those of steps. */
  readonly fixed: readonly Topic[];
  readonly named: (role: Exclude<TopicRole, 'work'>) => Topic;
  /** The topic of a step: its tasks, and answers to them. */
  readonly work: (orchName: string, step: string) => Topic;
  /** What a topic that is read from holds. */
  readonly roleOf: (name: string) => 'registration' | 'start' | 'answers' | 'work' | undefined;
};

const DAY_MS = 86_400_000;
const PARTITIONS = 3;
const TOPIC_NAME = /^[A-Za-z0-9._-]{1,249}$/;

/** The one table of topics. @throws InvalidTopicName where a configured name is none. */
export const createTopics = (config: TopicConfig): Topics => {
  const { namespace, topicPrefix: prefix = 'orchestrator', overrides = {} } = config;
  const topic = (
    role: TopicRole,
    name: string,
    as: Pick<Topic, 'direction' | 'format'> & { readonly days: number },
  ): Topic => {
    if (!TOPIC_NAME.test(name)) throw new InvalidTopicName(name);
    const { direction, format, days } = as;
    const spec = { partitions: PARTITIONS, retentionMs: days * DAY_MS, ...overrides[role] };
    return { role, name, ...spec, direction, format };
  };
  const events = { direction: 'out', format: 'cloudevents', days: 30 } as const;
  const fixed = [
    topic('registration', `${prefix}.registration`, { direction: 'in', format: 'yaml', days: 7 }),
    topic('start', `${prefix}.execution.start`, { direction: 'in', format: 'json', days: 7 }),
    topic('answers', `${prefix}.response.result`, { direction: 'in', format: 'json', days: 7 }),
    topic('status', `${prefix}.registration.status`, { direction: 'out', format: 'cloudevents', days: 7 }),
    topic('sagaEvents', `${namespace}.events.saga`, events),
    topic('orchestrationEvents', `${namespace}.events.orchestration`, events),
    topic('workerEvents', `${namespace}.events.worker`, events),
    topic('deadLetterEvents', `${namespace}.events.deadletter`, events),
  ];
  const reserved = new Set(fixed.map(({ name }) => name));
  return {
    fixed,
    named: (role) => fixed.find((one) => one.role === role) ?? missing(role),
    work: (orchName, step) =>
      topic('work', workName(prefix, orchName, step, reserved), {
        direction: 'both',
        format: 'json',
        days: 7,
      }),
    roleOf: (name) => {
      const found = fixed.find((one) => one.name === name);
      if (found === undefined) return name.startsWith(`${prefix}.`) ? 'work' : undefined;
      return isRead(found.role) ? found.role : undefined;
    },
  };
};

const isRead = (role: TopicRole): role is 'registration' | 'start' | 'answers' =>
  role === 'registration' || role === 'start' || role === 'answers';

/**
 * `orchestrator.<orch>.<step>`. Names may hold what separates them here, and Kafka takes `.` and `_` for the same:
 * where two steps could come out alike, or alike a topic of ours, a hash of the two names is added.
 */
const workName = (prefix: string, orchName: string, step: string, reserved: ReadonlySet<string>): string => {
  const plain = `${prefix}.${orchName}.${step}`;
  if (!/[._]/.test(orchName) && !step.includes('.') && !reserved.has(plain)) return plain;
  const hash = createHash('sha256').update(`${orchName}/${step}`).digest('hex');
  return `${plain}-${hash.slice(0, 8)}`;
};

export class InvalidTopicName extends Error {
  override readonly name = 'InvalidTopicName';
  constructor(topic: string) {
    super(`${JSON.stringify(topic)} cannot be the name of a topic: [A-Za-z0-9._-], at most 249 characters`);
  }
}

const missing = (role: string): never => {
  throw new Error(`no topic has the role ${role}`);
};
