import { describe, expect, it } from 'vitest';
import { topicConfigOf } from '../../../src/compose-topics.ts';
import { loadConfig } from '../../../src/config.ts';
import { asyncApiOf } from '../../../src/infra/messaging/asyncapi.ts';
import { createTopics } from '../../../src/infra/messaging/topics.ts';

const DOCUMENTED = 'novari.kafka.default-replicas';

const planOf = (settings: Record<string, string>) => {
  const loaded = loadConfig(settings);
  if (loaded.kind === 'invalid') throw new Error(loaded.problems.join('\n'));
  const topics = createTopics(topicConfigOf(loaded.config));
  return { topics, all: [...topics.fixed, topics.work('trip', 'book')] };
};

describe('the number of brokers that keep a topic', () => {
  it('is what the documented setting says, for each topic there is', () => {
    const { all } = planOf({ [DOCUMENTED]: '3', TOPICS: 'sagaEvents.partitions=6' });
    expect(all.length).toBeGreaterThan(20);
    expect(new Set(all.map(({ replicas }) => replicas))).toEqual(new Set([3]));
  });

  it("is the brokers' own without it", () => {
    const { all } = planOf({});
    expect(all.filter((topic) => 'replicas' in topic)).toEqual([]);
  });

  it('is in the description of the messages, where it is set', () => {
    const bindings = (settings: Record<string, string>) =>
      JSON.stringify(asyncApiOf(planOf(settings).topics)).match(/"replicas":\d+/g);
    expect(new Set(bindings({ [DOCUMENTED]: '2' }))).toEqual(new Set(['"replicas":2']));
    expect(bindings({})).toBeNull();
  });
});
