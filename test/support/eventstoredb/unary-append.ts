import { status } from '@grpc/grpc-js';
import type { sendUnaryData, ServerReadableStream } from '@grpc/grpc-js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type * as Streams from '@eventstore/db-client/generated/streams_pb.js';
import { commitThroughFaults } from './commit.ts';
import type { CommitDeps, Outcome } from './commit.ts';
import type { AnswerDetail } from './faults.ts';
import type { CommitResult, Expected } from './log-types.ts';
import { callError, expectedOf, proposedEvent, streamName } from './wire.ts';
import type { CallError } from './wire.ts';

type Call = ServerReadableStream<Streams.AppendReq, Streams.AppendResp>;
type Success = Extract<CommitResult, { kind: 'committed' | 'idempotent' }>;

const succeeded = (result: Success): Streams.AppendResp => {
  const success = new streams.AppendResp.Success();
  if (result.last < 0n) success.setNoStream(new shared.Empty());
  else success.setCurrentRevision(result.last.toString());
  const position = result.kind === 'committed' ? result.position : undefined;
  if (position === undefined) success.setNoPosition(new shared.Empty());
  else {
    success.setPosition(
      new streams.AppendResp.Position()
        .setCommitPosition(position.commit.toString())
        .setPreparePosition(position.prepare.toString()),
    );
  }
  return new streams.AppendResp().setSuccess(success);
};

const wrongVersion = (expected: Expected, current: bigint): Streams.AppendResp => {
  const wrong = new streams.AppendResp.WrongExpectedVersion();
  if (current < 0n) wrong.setCurrentNoStream(new shared.Empty());
  else wrong.setCurrentRevision(current.toString());
  if (expected === 'any') wrong.setExpectedAny(new shared.Empty());
  else if (expected === 'no_stream') wrong.setExpectedNoStream(new shared.Empty());
  else if (expected === 'stream_exists') wrong.setExpectedStreamExists(new shared.Empty());
  else wrong.setExpectedRevision(expected.toString());
  return new streams.AppendResp().setWrongExpectedVersion(wrong);
};

const tooLarge = (bytes: number): CallError =>
  callError(status.INVALID_ARGUMENT, 'Maximum Append Size of Exceeded.', {
    exception: 'maximum-append-size-exceeded',
    'maximum-append-size': String(bytes),
  });

export const streamDeletedError = (stream: string): CallError =>
  callError(status.FAILED_PRECONDITION, `Event stream '${stream}' is deleted.`, {
    exception: 'stream-deleted',
    'stream-name': stream,
  });

const asCallError = (detail: AnswerDetail, maxAppendBytes: number): CallError => {
  switch (detail) {
    case 'AccessDenied':
      return callError(status.PERMISSION_DENIED, 'Access Denied', { exception: 'access-denied' });
    case 'Timeout':
      return callError(status.DEADLINE_EXCEEDED, 'Operation timed out: Commit phase timeout.');
    case 'Unknown':
      return callError(status.UNKNOWN, 'Unexpected operation result');
    case 'MaximumAppendSizeExceeded':
      return tooLarge(maxAppendBytes);
  }
};

const reply = (
  outcome: Outcome,
  request: { readonly stream: string; readonly expected: Expected; readonly maxAppendBytes: number },
  done: sendUnaryData<Streams.AppendResp>,
): void => {
  switch (outcome.kind) {
    case 'result':
      if (outcome.result.kind === 'deleted') return done(streamDeletedError(request.stream));
      if (outcome.result.kind === 'wrong_version') {
        return done(null, wrongVersion(request.expected, outcome.result.current));
      }
      return done(null, succeeded(outcome.result));
    case 'too_large':
      return done(tooLarge(request.maxAppendBytes));
    case 'bad_request':
      return done(callError(status.INVALID_ARGUMENT, 'Could not parse the event id.'));
    case 'answer':
      return done(asCallError(outcome.detail, request.maxAppendBytes));
    case 'error':
      return done(outcome.error);
    // A unary call cannot end with OK and without an answer: the nearest is none at all.
    case 'end':
    case 'silence':
  }
};

/** `Append`: the client streams options, then each event, and waits for one answer. */
export const unaryAppend =
  (deps: CommitDeps, count: () => void) =>
  (call: Call, done: sendUnaryData<Streams.AppendResp>): void => {
    let stream = '';
    let expected: Expected = 'any';
    const messages: Streams.AppendReq.ProposedMessage[] = [];
    call.on('data', (request: Streams.AppendReq) => {
      const options = request.getOptions();
      const message = request.getProposedMessage();
      if (message !== undefined) messages.push(message);
      if (options === undefined) return;
      stream = streamName(options.getStreamIdentifier());
      expected = expectedOf(options, options.getRevision());
    });
    call.on('end', () => {
      count();
      const events = messages.map(proposedEvent).filter((event) => event !== undefined);
      const commit = { stream, expected, events: events.length < messages.length ? undefined : events };
      void commitThroughFaults(deps, commit).then((outcome) =>
        reply(outcome, { stream, expected, maxAppendBytes: deps.maxAppendBytes }, done),
      );
    });
  };
