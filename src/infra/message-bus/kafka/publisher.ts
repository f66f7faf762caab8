import type { Kafka } from 'kafkajs';
import type { Clock } from '../../clock/port.ts';
import { inTurn } from '../in-turn.ts';
import { pause } from '../../clock/port.ts';
import type { OutRecord, PublishResult } from '../port.ts';
import { tooLarge } from '../record-size.ts';
import { brokerCode } from './causes.ts';
import type { BusLogger, WithAdmin } from './client.ts';
import { growingOffsets } from './growing-offsets.ts';
import type { ProducerHolder } from './producing.ts';
import { pieces, producerHolder, send } from './producing.ts';

export type PublisherDeps = {
  readonly kafka: Kafka;
  readonly withAdmin: WithAdmin;
  readonly clock: Clock;
  readonly logger: BusLogger | undefined;
};

export type Publisher = {
  readonly publish: (records: readonly OutRecord[]) => Promise<PublishResult>;
  /** The next record goes by what the brokers say of their topics then. */
  readonly renew: () => Promise<void>;
  readonly close: () => Promise<void>;
};

type Sending = PublisherDeps & {
  readonly holder: ProducerHolder;
  readonly assertGrowing: ReturnType<typeof growingOffsets>;
  readonly stopping: AbortSignal;
};

// No attempt begins later, and none takes more than what is left of 30 s then: connecting, two requests, metadata.
const LAST_ATTEMPT_MS = 14_000;
const PAUSE_MS = 500;
const TOO_LARGE = ['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE'];
const UNKNOWN = ['UNKNOWN_TOPIC_OR_PARTITION', 'INVALID_TOPIC_EXCEPTION'];

/** One send at a time; after a rejected one its producer is thrown away. */
export const kafkaPublisher = (deps: PublisherDeps): Publisher => {
  const stopping = new AbortController();
  const holder = producerHolder(deps.kafka);
  const sending = { ...deps, holder, assertGrowing: growingOffsets(), stopping: stopping.signal };
  const next = inTurn();
  return {
    publish: async (records) => {
      if (stopping.signal.aborted)
        return { kind: 'refused', code: 'closed', detail: 'the message bus is closed' };
      const detail = tooLarge(records);
      if (detail !== undefined) return { kind: 'refused', code: 'too_large', detail };
      return next(() => publishAll(sending, records));
    },
    renew: () => next(holder.drop),
    close: async () => {
      stopping.abort();
      await next(holder.drop);
    },
  };
};

const publishAll = async (sending: Sending, records: readonly OutRecord[]): Promise<PublishResult> => {
  const until = sending.clock.now() + LAST_ATTEMPT_MS;
  for (const piece of pieces(records)) {
    const result = await publishPiece(sending, piece, until);
    if (result.kind !== 'ok') return result;
  }
  return { kind: 'ok' };
};

const publishPiece = async (
  sending: Sending,
  records: readonly OutRecord[],
  until: number,
): Promise<PublishResult> => {
  const { clock, logger, stopping } = sending;
  for (;;) {
    const result = await attempt(sending, records);
    if (result.kind !== 'ambiguous' || clock.now() >= until || stopping.aborted) return result;
    logger?.warn({ reason: String(result.cause) }, 'publishing failed and is tried again');
    await pause(clock, PAUSE_MS, stopping);
  }
};

const attempt = async (sending: Sending, records: readonly OutRecord[]): Promise<PublishResult> => {
  const { holder, assertGrowing, withAdmin } = sending;
  try {
    assertGrowing(await send(await holder.get(), records));
    return { kind: 'ok' };
  } catch (cause) {
    await holder.drop();
    return verdict(withAdmin, cause, records);
  }
};

const verdict = async (
  withAdmin: WithAdmin,
  cause: unknown,
  records: readonly OutRecord[],
): Promise<PublishResult> => {
  const code = brokerCode(cause) ?? '';
  if (TOO_LARGE.includes(code)) return { kind: 'refused', code: 'too_large', detail: String(cause) };
  if (!UNKNOWN.includes(code)) return { kind: 'ambiguous', cause };
  const missing = await missingTopic(withAdmin, records);
  return missing === undefined
    ? { kind: 'ambiguous', cause }
    : { kind: 'refused', code: 'unknown_topic', detail: `there is no topic ${missing}` };
};

// A broker that has just come up does not know its topics yet and says the same of them.
const missingTopic = async (
  withAdmin: WithAdmin,
  records: readonly OutRecord[],
): Promise<string | undefined> => {
  try {
    const known = new Set(await withAdmin((admin) => admin.listTopics()));
    return records.find(({ topic }) => !known.has(topic))?.topic;
  } catch {
    // Then it is not known to be missing, and the caller may try again.
    return undefined;
  }
};
