import type { ServerDuplexStream } from '@grpc/grpc-js';
import anyPb from 'google-protobuf/google/protobuf/any_pb.js';
import emptyPb from 'google-protobuf/google/protobuf/empty_pb.js';
import codePb from '@eventstore/db-client/generated/code_pb.js';
import type * as Code from '@eventstore/db-client/generated/code_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import statusPb from '@eventstore/db-client/generated/status_pb.js';
import type * as Status from '@eventstore/db-client/generated/status_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type * as Streams from '@eventstore/db-client/generated/streams_pb.js';
import { commitThroughFaults } from './commit.ts';
import type { CommitDeps, Outcome } from './commit.ts';
import type { AnswerDetail } from './faults.ts';
import type { CommitResult, Expected } from './log-types.ts';
import { expectedOf, proposedEvent, streamIdentifier, streamName, uuidOf } from './wire.ts';

type Call = ServerDuplexStream<Streams.BatchAppendReq, Streams.BatchAppendResp>;
type Success = Extract<CommitResult, { kind: 'committed' | 'idempotent' }>;
type Pending = {
  readonly stream: string;
  readonly expected: Expected;
  readonly messages: Streams.BatchAppendReq.ProposedMessage[];
};

const statusWith = (code: Code.Code, name: string, bytes: Uint8Array): Status.Status => {
  const details = new anyPb.Any();
  details.pack(bytes, `event_store.client.${name}`);
  return new statusPb.Status().setCode(code).setMessage(name).setDetails(details);
};

const wrongVersion = (expected: Expected, current: bigint): Status.Status => {
  const wrong = new shared.WrongExpectedVersion();
  if (current < 0n) wrong.setCurrentNoStream(new emptyPb.Empty());
  else wrong.setCurrentStreamRevision(current.toString());
  if (expected === 'any') wrong.setExpectedAny(new emptyPb.Empty());
  else if (expected === 'no_stream') wrong.setExpectedNoStream(new emptyPb.Empty());
  else if (expected === 'stream_exists') wrong.setExpectedStreamExists(new emptyPb.Empty());
  else wrong.setExpectedStreamPosition(expected.toString());
  return statusWith(codePb.Code.ALREADY_EXISTS, 'WrongExpectedVersion', wrong.serializeBinary());
};

const streamDeleted = (stream: string): Status.Status =>
  statusWith(
    codePb.Code.NOT_FOUND,
    'StreamDeleted',
    new shared.StreamDeleted().setStreamIdentifier(streamIdentifier(stream)).serializeBinary(),
  );

const tooLarge = (bytes: number): Status.Status =>
  statusWith(
    codePb.Code.INVALID_ARGUMENT,
    'MaximumAppendSizeExceeded',
    new shared.MaximumAppendSizeExceeded().setMaxappendsize(bytes).serializeBinary(),
  );

const badRequest = (): Status.Status =>
  statusWith(codePb.Code.INVALID_ARGUMENT, 'BadRequest', new shared.BadRequest().serializeBinary());

const detailed = (detail: AnswerDetail, maxAppendBytes: number): Status.Status => {
  switch (detail) {
    case 'AccessDenied':
      return statusWith(codePb.Code.PERMISSION_DENIED, detail, new shared.AccessDenied().serializeBinary());
    case 'Timeout':
      return statusWith(codePb.Code.DEADLINE_EXCEEDED, detail, new shared.Timeout().serializeBinary());
    case 'Unknown':
      return statusWith(codePb.Code.UNKNOWN, detail, new shared.Unknown().serializeBinary());
    case 'MaximumAppendSizeExceeded':
      return tooLarge(maxAppendBytes);
  }
};

const succeeded = (result: Success): Streams.BatchAppendResp.Success => {
  const success = new streams.BatchAppendResp.Success();
  if (result.last < 0n) success.setNoStream(new emptyPb.Empty());
  else success.setCurrentRevision(result.last.toString());
  const position = result.kind === 'committed' ? result.position : undefined;
  if (position === undefined) return success.setNoPosition(new emptyPb.Empty());
  return success.setPosition(
    new shared.AllStreamPosition()
      .setCommitPosition(position.commit.toString())
      .setPreparePosition(position.prepare.toString()),
  );
};

/** The answer to one append, undefined for none. */
const answerTo = (
  outcome: Outcome,
  { stream, expected }: Pending,
  maxAppendBytes: number,
): Streams.BatchAppendResp | undefined => {
  const answer = new streams.BatchAppendResp().setStreamIdentifier(streamIdentifier(stream));
  switch (outcome.kind) {
    case 'result':
      if (outcome.result.kind === 'deleted') return answer.setError(streamDeleted(stream));
      if (outcome.result.kind === 'wrong_version') {
        return answer.setError(wrongVersion(expected, outcome.result.current));
      }
      return answer.setSuccess(succeeded(outcome.result));
    case 'too_large':
      return answer.setError(tooLarge(maxAppendBytes));
    case 'bad_request':
      return answer.setError(badRequest());
    case 'answer':
      return answer.setError(detailed(outcome.detail, maxAppendBytes));
    case 'error':
    case 'end':
    case 'silence':
      return undefined;
  }
};

const finish = (call: Call, outcome: Outcome, answer: Streams.BatchAppendResp | undefined): void => {
  if (call.cancelled || call.writableEnded) return;
  if (outcome.kind === 'error') call.emit('error', outcome.error);
  else if (outcome.kind === 'end') call.end();
  else if (answer !== undefined) call.write(answer);
};

const started = (request: Streams.BatchAppendReq): Pending => {
  const options = request.getOptions();
  return {
    stream: streamName(options?.getStreamIdentifier()),
    expected: options === undefined ? 'any' : expectedOf(options, options.getStreamPosition()),
    messages: [],
  };
};

/** `BatchAppend`: one stream for all appends of a client, told apart by correlation ids, each in one or more parts. */
export const batchAppend =
  (deps: CommitDeps, count: () => void) =>
  (call: Call): void => {
    const open = new Map<string, Pending>();
    call.on('data', (request: Streams.BatchAppendReq) => {
      const correlation = uuidOf(request.getCorrelationId()) ?? '';
      const pending = open.get(correlation) ?? started(request);
      pending.messages.push(...request.getProposedMessagesList());
      open.set(correlation, pending);
      if (!request.getIsFinal()) return;
      open.delete(correlation);
      count();
      const events = pending.messages.map(proposedEvent).filter((event) => event !== undefined);
      const { stream, expected, messages } = pending;
      const commit = { stream, expected, events: events.length < messages.length ? undefined : events };
      void commitThroughFaults(deps, commit).then((outcome) => {
        const answer = answerTo(outcome, pending, deps.maxAppendBytes);
        finish(call, outcome, answer?.setCorrelationId(request.getCorrelationId()));
      });
    });
    call.on('end', () => call.end());
    call.on('error', () => undefined);
  };
