import type { SignedCheckpoint } from '../../../domain/checkpoint.ts';
import type { OutRecord, TopicSpec } from '../../message-bus/port.ts';
import type { CheckpointOutlet } from '../../witness/port.ts';
import { NotPublished, publishUntilKnown } from './publish.ts';
import type { PublishDeps } from './publish.ts';

/** Publishes signed checkpoints as JSON. The topic is made where it is missing. */
export const checkpointTopic =
  (deps: Omit<PublishDeps, 'topicsFor'>, topic: TopicSpec): CheckpointOutlet =>
  async (checkpoint, signal) => {
    const record = recordOf(topic.name, checkpoint);
    const result = await publishUntilKnown({ ...deps, topicsFor: () => [topic] }, [record], signal);
    if (result.kind === 'refused') throw new NotPublished(topic.name, result);
  };

const recordOf = (topic: string, checkpoint: SignedCheckpoint): OutRecord => ({
  ...{ topic, key: checkpoint.logId, value: Buffer.from(JSON.stringify(checkpoint)) },
  headers: [['content-type', Buffer.from('application/json')]],
});
