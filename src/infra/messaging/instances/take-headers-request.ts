import { z } from 'zod';
import type { Poison } from '../../../commands/dead-letter/cause.ts';
import type { RecordOutcome } from '../../../commands/dead-letter/record-outcome.ts';
import { int64 } from '../../../domain/int64.ts';
import { parseExactJson } from '../../strict-input/exact-json.ts';
import { decoded } from '../../strict-input/strict-json.ts';
import { poison, poisonOfIssues } from '../in/incoming.ts';
import type { Taker } from './instance-record.ts';

/** Names of the headers that a request over the bus is answered by. */
export const CORRELATION = 'kafka_correlationId';
export const REPLY_TOPIC = 'kafka_replyTopic';

export type HeadersRequest = {
  readonly instanceId: string;
  readonly replyTopic: string;
  /** Comes back with the reply, byte for byte. */
  readonly correlation: Uint8Array;
};

/** Tells whoever asks what is known of an instance. Once more answers once more. */
export type AnswerHeadersRequest = (request: HeadersRequest) => Promise<RecordOutcome>;

const MAX_CORRELATION = 256;
const asked = z.union([z.bigint().transform(String), z.string()]).pipe(int64);

/** A request for the flow headers of an instance. Replies go nowhere but to topics that are there for them. */
export const takeHeadersRequest =
  (answer: AnswerHeadersRequest, isReplyTopic: (name: string) => boolean): Taker =>
  async ({ headers, value }) => {
    const correlation = headers.bytes(CORRELATION.toLowerCase());
    const replyTopic = decoded(headers.bytes(REPLY_TOPIC.toLowerCase()) ?? NOTHING);
    if (correlation === undefined || correlation.byteLength > MAX_CORRELATION)
      return poison('invalid_header', `the header ${CORRELATION} is missing or too long`);
    if (replyTopic === undefined || !isReplyTopic(replyTopic))
      return poison('invalid_header', `the header ${REPLY_TOPIC} names no topic for replies`);
    const instanceId = idIn(value ?? NOTHING);
    return typeof instanceId === 'string' ? answer({ instanceId, replyTopic, correlation }) : instanceId;
  };

const NOTHING = new Uint8Array(0);

const idIn = (value: Uint8Array): string | Poison => {
  const parsed = parseExactJson(value);
  if (parsed.kind === 'flawed') return poison('malformed_json', parsed.flaw.detail);
  const read = asked.safeParse(parsed.value);
  return read.success ? read.data : poisonOfIssues(read.error);
};
