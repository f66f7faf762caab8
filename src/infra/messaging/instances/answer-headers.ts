import type { RecordOutcome } from '../../../commands/dead-letter/record-outcome.ts';
import type { FlowHeadersOf } from '../../../commands/instance/handlers.ts';
import type { MessageBus, OutRecord, PublishResult } from '../../message-bus/port.ts';
import { poison } from '../in/incoming.ts';
import { header } from '../out/cloud-event.ts';
import { flowHeadersJson } from './flow-headers.ts';
import { ORIGIN } from './instance-record.ts';
import { CORRELATION } from './take-headers-request.ts';
import type { AnswerHeadersRequest, HeadersRequest } from './take-headers-request.ts';

type Deps = {
  readonly bus: Pick<MessageBus, 'publish'>;
  readonly flowHeadersOf: FlowHeadersOf;
  readonly applicationId: string;
};

/** Replies with the headers of a registered instance, with nothing where there is none or its values are gone. */
export const answerHeaders = ({ bus, flowHeadersOf, applicationId }: Deps): AnswerHeadersRequest => {
  const replyTo = async ({ instanceId, replyTopic, correlation }: HeadersRequest): Promise<OutRecord> => {
    const headers = await flowHeadersOf(instanceId);
    return {
      topic: replyTopic,
      key: null,
      value: headers === undefined ? null : Buffer.from(flowHeadersJson(headers)),
      headers: [[CORRELATION, correlation], header(ORIGIN, applicationId)],
    };
  };
  return async (request) => outcomeOf(await bus.publish([await replyTo(request)]));
};

const outcomeOf = (result: PublishResult): RecordOutcome => {
  if (result.kind === 'ok') return { kind: 'done', position: null };
  if (result.kind === 'ambiguous' || result.code === 'closed')
    return { kind: 'again', detail: 'the bus did not take the reply' };
  return poison('invalid_header', `the reply cannot be sent: ${result.code}`);
};
