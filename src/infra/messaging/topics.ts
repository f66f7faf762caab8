import { createHash } from 'node:crypto';
import type { TopicSpec } from '../message-bus/port.ts';
import { createInstanceTopics } from './instances/instance-topics.ts';
import type {
  InstanceTakenRole,
  InstanceTopicConfig,
  InstanceTopicRole,
  InstanceTopics,
} from './instances/instance-topics.ts';

export type TopicRole =
  | 'registration'
  | 'start'
  | 'answers'
  | 'status'
  | 'sagaEvents'
  | 'orchestrationEvents'
  | 'workerEvents'
  | 'deadLetterEvents'
  | 'instanceEvents'
  | 'checkpoints'
  | InstanceTopicRole
  | 'work';

/** What a topic holds that is read from. */
export type TakenRole = 'registration' | 'start' | 'answers' | InstanceTakenRole | 'work';

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
  readonly instances?: InstanceTopicConfig;
  /** How many brokers keep each topic; their own number where nothing is said. */
  readonly replicas?: number;
};

export type Topics = {
  /** Every topic but those of steps. */
  readonly fixed: readonly Topic[];
  readonly named: (role: Exclude<TopicRole, 'work'>) => Topic;
  /** The topic of a step: its tasks, and answers to them. */
  readonly work: (orchName: string, step: string) => Topic;
  /** What a topic that is read from holds. */
  readonly roleOf: (name: string) => TakenRole | undefined;
  readonly instances: InstanceTopics;
};

const DAY_MS = 86_400_000;
const PARTITIONS = 3;
const TOPIC_NAME = /^[A-Za-z0-9._-]{1,249}$/;

/** The one table of topics. @throws InvalidTopicName, InvalidTopicPart where a configured name is none. */
export const createTopics = (config: TopicConfig): Topics => {
  const { topicPrefix: prefix = 'orchestrator' } = config;
  const make = topicMaker(config);
  const instances = createInstanceTopics(config.instances ?? {});
  const fixed = [
    ...ownTopics(make, prefix, config.namespace),
    ...instances.all.map(({ role, name, ...rest }) => make(role, name, { ...rest, format: 'json' })),
  ];
  const reserved = new Set(fixed.map(({ name }) => name));
  const byRole = new Map(fixed.map((one) => [one.role, one]));
  return {
    fixed,
    named: (role) => byRole.get(role) ?? missing(role),
    work: (orchName, step) =>
      make('work', workName(prefix, orchName, step, reserved), {
        direction: 'both',
        format: 'json',
        partitions: PARTITIONS,
        retentionMs: 7 * DAY_MS,
      }),
    instances,
    roleOf: (name) => {
      const found = fixed.find((one) => one.name === name);
      if (found === undefined) return name.startsWith(`${prefix}.`) ? 'work' : undefined;
      return isRead(found.role) ? found.role : instances.takenFrom(name);
    },
  };
};

type Make = (role: TopicRole, name: string, as: Omit<Topic, 'role' | 'name'>) => Topic;

const topicMaker =
  ({ overrides = {}, replicas }: TopicConfig): Make =>
  (role, name, as) => {
    if (!TOPIC_NAME.test(name)) throw new InvalidTopicName(name);
    const kept = replicas === undefined ? {} : { replicas };
    const topic = { role, name, ...as, ...kept, ...overrides[role] };
    const { segmentMs, retentionMs } = topic;
    // Never longer together than each by itself.
    return segmentMs === undefined || retentionMs < 1
      ? topic
      : { ...topic, segmentMs: Math.min(segmentMs, retentionMs) };
  };

const ownTopics = (make: Make, prefix: string, namespace: string): readonly Topic[] => {
  const kept = (days: number) => ({ partitions: PARTITIONS, retentionMs: days * DAY_MS });
  const taken = { ...kept(7), direction: 'in' } as const;
  const told = { direction: 'out', format: 'cloudevents' } as const;
  const events = { ...told, ...kept(30) };
  return [
    make('registration', `${prefix}.registration`, { ...taken, format: 'yaml' }),
    make('start', `${prefix}.execution.start`, { ...taken, format: 'json' }),
    make('answers', `${prefix}.response.result`, { ...taken, format: 'json' }),
    make('status', `${prefix}.registration.status`, { ...told, ...kept(7) }),
    make('sagaEvents', `${namespace}.events.saga`, events),
    make('orchestrationEvents', `${namespace}.events.orchestration`, events),
    make('workerEvents', `${namespace}.events.worker`, events),
    make('deadLetterEvents', `${namespace}.events.deadletter`, events),
    make('instanceEvents', `${namespace}.events.instance`, events),
    make('checkpoints', `${namespace}.checkpoints`, {
      ...{ direction: 'out', format: 'json' },
      // They stay in their order, for ever.
      ...{ partitions: 1, retentionMs: -1 },
    }),
  ];
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
