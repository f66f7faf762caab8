import type { SignedCheckpoint } from '../../../domain/checkpoint.ts';
import type { OutRecord, TopicSpec } from '../../message-bus/port.ts';
import type { CheckpointOutlet } from '../../witness/port.ts';
import { NotPublished, publishUntilKnown } from './publish.ts';
import type { PublishDeps } from './publish.ts';

/** One partition, so that they stay in their order; kept for ever. */
const specOf = (namespace: string): TopicSpec => ({
  ...{ name: `${namespace}.checkpoints`, partitions: 1, retentionMs: -1 },
});

/** Publishes signed checkpoints as JSON; the topic is made with the first of them. */
export const checkpointTopic = (
  deps: Omit<PublishDeps, 'topicsFor'>,
  namespace: string,
): CheckpointOutlet => {
  const spec = specOf(namespace);
  const publishing = { ...deps, topicsFor: () => [spec] };
  return async (checkpoint, signal) => {
    const result = await publishUntilKnown(publishing, [recordOf(spec.name, checkpoint)], signal);
    if (result.kind === 'refused') throw new NotPublished(spec.name, result);
  };
};

const recordOf = (topic: string, checkpoint: SignedCheckpoint): OutRecord => ({
  ...{ topic, key: checkpoint.logId, value: Buffer.from(JSON.stringify(checkpoint)) },
  headers: [['content-type', Buffer.from('application/json')]],
});
