import type { Admin } from 'kafkajs';
import kafkajs from 'kafkajs';
import type { Clock } from '../../clock/port.ts';
import { pause } from '../../clock/port.ts';
import type { TopicSpec } from '../port.ts';
import type { WithAdmin } from './admin.ts';

const BROKER_DEFAULT = -1;
const RETENTION = 'retention.ms';
const READY_WITHIN_MS = 10_000;
const POLL_MS = 100;
const never = new AbortController().signal;

/**
 * Creates and alters, and waits until what it made can be written to. Returns the topics that got more partitions.
 *
 * @throws Error when it still cannot after 10 s
 */
export const ensureTopics = async (
  withAdmin: WithAdmin,
  clock: Clock,
  topics: readonly TopicSpec[],
): Promise<readonly string[]> => {
  const { created, grown } = await withAdmin((admin) => make(admin, topics));
  const changed = topics.filter(({ name }) => created.includes(name) || grown.includes(name));
  for (const topic of changed) await untilReady(withAdmin, clock, topic);
  return grown;
};

const make = async (admin: Admin, topics: readonly TopicSpec[]) => {
  const known = new Set(await admin.listTopics());
  const missing = topics.filter(({ name }) => !known.has(name));
  if (missing.length > 0) await create(admin, missing);
  const grown: string[] = [];
  for (const topic of topics.filter(({ name }) => known.has(name))) {
    if (await grow(admin, topic)) grown.push(topic.name);
    await setRetention(admin, topic);
  }
  return { created: missing.map(({ name }) => name), grown };
};

// Leaders are elected before they lead: a record sent at once would be refused by some partitions, and written twice
// to the others. Over a new connection each time, because one remembers what it was told.
const untilReady = async (
  withAdmin: WithAdmin,
  clock: Clock,
  { name, partitions }: TopicSpec,
): Promise<void> => {
  const until = clock.now() + READY_WITHIN_MS;
  for (;;) {
    const offsets = await withAdmin((admin) => admin.fetchTopicOffsets(name)).catch(() => []);
    if (offsets.length >= partitions) return;
    if (clock.now() > until) throw new Error(`topic ${name} is not ready after ${READY_WITHIN_MS} ms`);
    await pause(clock, POLL_MS, never);
  }
};

const create = async (admin: Admin, topics: readonly TopicSpec[]): Promise<void> => {
  await admin.createTopics({
    waitForLeaders: true,
    topics: topics.map(({ name, partitions, retentionMs }) => ({
      topic: name,
      numPartitions: partitions,
      replicationFactor: BROKER_DEFAULT,
      configEntries: [{ name: RETENTION, value: String(retentionMs) }],
    })),
  });
};

const grow = async (admin: Admin, { name, partitions }: TopicSpec): Promise<boolean> => {
  const { topics } = await admin.fetchTopicMetadata({ topics: [name] });
  if ((topics[0]?.partitions.length ?? 0) >= partitions) return false;
  // It answers with nothing, whatever its type says.
  await admin.createPartitions({ topicPartitions: [{ topic: name, count: partitions }] });
  return true;
};

// The request sets all of a topic's own settings at once: those an operator made must go with it.
const setRetention = async (admin: Admin, { name, retentionMs }: TopicSpec): Promise<void> => {
  const topic = { type: kafkajs.ConfigResourceTypes.TOPIC, name };
  const { resources } = await admin.describeConfigs({ resources: [topic], includeSynonyms: false });
  const entries = resources[0]?.configEntries ?? [];
  if (entries.some((entry) => entry.configName === RETENTION && entry.configValue === String(retentionMs)))
    return;
  const own = entries
    .filter(
      (entry) => entry.configSource === kafkajs.ConfigSource.TOPIC_CONFIG && entry.configName !== RETENTION,
    )
    .map((entry) => ({ name: entry.configName, value: entry.configValue }));
  const configEntries = [...own, { name: RETENTION, value: String(retentionMs) }];
  await admin.alterConfigs({ validateOnly: false, resources: [{ ...topic, configEntries }] });
};
