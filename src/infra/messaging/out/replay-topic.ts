import { REPLAY_HEADER, REPLAY_POSITION_HEADER, replayedBody } from '../../../domain/replayed.ts';
import type { ReplayedEvent } from '../../../domain/replayed.ts';
import { categoryOf, idOf } from '../../../domain/stream-name.ts';
import type { MessageBus, OutRecord, TopicSpec } from '../../message-bus/port.ts';
import type { Delivery, ReplayTarget } from '../../replay/port.ts';
import { cloudEventRecord, header } from './cloud-event.ts';
import { eventTypeOf } from './public-events.ts';
import { publishUntilKnown } from './publish.ts';
import type { PublishDeps } from './publish.ts';

export type ReplayTopicOptions = Pick<PublishDeps, 'clock' | 'onTrouble'> & {
  readonly sessionId: string;
  readonly bus: Pick<MessageBus, 'publish' | 'ensureTopics'>;
  readonly namespace: string;
  /** Behind `<namespace>.replay.`. */
  readonly name: string;
};

const AT_ONCE = 500;
const PARTITIONS = 3;
const KEPT_MS = 7 * 86_400_000;

/** Where sessions publish to, and nothing else. */
const replayTopicName = (namespace: string, name: string): string => `${namespace}.replay.${name}`;

/**
 * Publishes to a topic of replays, which is made where it is missing. Each record has the id of the original, so that
 * whoever has seen that knows it, and says which session it is from. @throws while the bus does not answer, and NotPublished once it is closed.
 */
export const replayTopic = async (options: ReplayTopicOptions): Promise<ReplayTarget> => {
  const spec: TopicSpec = {
    ...{ name: replayTopicName(options.namespace, options.name), partitions: PARTITIONS },
    retentionMs: KEPT_MS,
  };
  await options.bus.ensureTopics([spec]);
  const publishing = { ...options, topicsFor: () => [spec] };
  return {
    kind: 'open',
    most: AT_ONCE,
    deliver: async (events, signal): Promise<Delivery> => {
      const records = events.map((event) => recordOf(options, spec.name, event));
      const result = await publishUntilKnown(publishing, records, signal);
      return result.kind === 'refused'
        ? { kind: 'skipped', code: result.code, detail: result.detail }
        : result;
    },
    settle: () => Promise.resolve(null),
    close: () => Promise.resolve(),
  };
};

/** CloudEvents type of a replayed event: that of its original, in the form it was stored in. */
export const replayedTypeOf = ({ stream, type, metadata }: ReplayedEvent): string =>
  eventTypeOf(categoryOf(stream), type, metadata.schemaVersion);

const recordOf = (
  { namespace, sessionId }: ReplayTopicOptions,
  topic: string,
  event: ReplayedEvent,
): OutRecord => {
  const subject = idOf(event.stream);
  return cloudEventRecord({ cursorOf: (position) => position }, event, {
    ...{ topic, subject, source: `urn:skald:${namespace}`, type: replayedTypeOf(event) },
    data: replayedBody(sessionId, event),
    headers: [header(REPLAY_HEADER, sessionId), header(REPLAY_POSITION_HEADER, event.position)],
  });
};
