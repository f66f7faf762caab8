import type { Admin, ConfigEntries } from 'kafkajs';
import kafkajs from 'kafkajs';
import type { Clock } from '../../clock/port.ts';
import { pause } from '../../clock/port.ts';
import type { TopicSpec } from '../port.ts';
import type { WithAdmin } from './client.ts';

const BROKER_DEFAULT = -1;
const READY_WITHIN_MS = 10_000;
const POLL_MS = 100;

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
  const found = topics.filter(({ name }) => known.has(name));
  const grown = found.length > 0 ? await grow(admin, found) : [];
  if (found.length > 0) await setKept(admin, found);
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
    await pause(clock, POLL_MS);
  }
};

const create = async (admin: Admin, topics: readonly TopicSpec[]): Promise<void> => {
  await admin.createTopics({
    waitForLeaders: true,
    topics: topics.map((topic) => ({
      topic: topic.name,
      numPartitions: topic.partitions,
      replicationFactor: topic.replicas ?? BROKER_DEFAULT,
      configEntries: [...keptAs(topic)],
    })),
  });
};

const grow = async (admin: Admin, topics: readonly TopicSpec[]): Promise<readonly string[]> => {
  const { topics: found } = await admin.fetchTopicMetadata({ topics: topics.map(({ name }) => name) });
  const has = new Map(found.map(({ name, partitions }) => [name, partitions.length]));
  const small = topics.filter(({ name, partitions }) => (has.get(name) ?? 0) < partitions);
  const topicPartitions = small.map(({ name, partitions }) => ({ topic: name, count: partitions }));
  // It answers with nothing, whatever its type says.
  if (small.length > 0) await admin.createPartitions({ topicPartitions });
  return small.map(({ name }) => name);
};

type Entry = { readonly name: string; readonly value: string };

/** A topic's settings that are ours. */
const keptAs = ({ retentionMs, segmentMs }: TopicSpec): readonly Entry[] => [
  { name: 'retention.ms', value: String(retentionMs) },
  ...(segmentMs === undefined ? [] : [{ name: 'segment.ms', value: String(segmentMs) }]),
];

// The request sets all of a topic's own settings at once: those an operator made must go with it.
const setKept = async (admin: Admin, topics: readonly TopicSpec[]): Promise<void> => {
  const type = kafkajs.ConfigResourceTypes.TOPIC;
  const asked = topics.map(({ name }) => ({ type, name }));
  const { resources } = await admin.describeConfigs({ resources: asked, includeSynonyms: false });
  const entriesOf = new Map(
    resources.map(({ resourceName, configEntries }) => [resourceName, configEntries]),
  );
  const altered = topics.flatMap((topic) => {
    const wanted = keptAs(topic);
    const entries = entriesOf.get(topic.name) ?? [];
    if (wanted.every((one) => entries.some((entry) => isSame(entry, one)))) return [];
    const others = entries.filter(
      (entry) => isOwn(entry) && !wanted.some(({ name }) => name === entry.configName),
    );
    const kept = others.map(({ configName: name, configValue: value }) => ({ name, value }));
    return [{ type, name: topic.name, configEntries: [...kept, ...wanted] }];
  });
  if (altered.length > 0) await admin.alterConfigs({ validateOnly: false, resources: altered });
};

const isSame = ({ configName, configValue }: ConfigEntries, { name, value }: Entry): boolean =>
  configName === name && configValue === value;

const isOwn = ({ configSource }: ConfigEntries): boolean =>
  configSource === kafkajs.ConfigSource.TOPIC_CONFIG;
