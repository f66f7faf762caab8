import { status } from '@grpc/grpc-js';
import type { sendUnaryData, ServerUnaryCall } from '@grpc/grpc-js';
import features from '@eventstore/db-client/generated/serverfeatures_pb.js';
import type * as Features from '@eventstore/db-client/generated/serverfeatures_pb.js';
import gossip from '@eventstore/db-client/generated/gossip_pb.js';
import type * as Gossip from '@eventstore/db-client/generated/gossip_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type * as Streams from '@eventstore/db-client/generated/streams_pb.js';
import type { CallKind, Faults } from './faults.ts';
import type { EventLog } from './log.ts';
import type { LogPosition } from './log-types.ts';
import { wait } from './outgoing.ts';
import { streamDeletedError } from './unary-append.ts';
import { callError, expectedOf, streamName } from './wire.ts';

/** A node of the cluster as gossip tells it. Loopback only. */
export type Member = {
  readonly id: string;
  readonly port: number;
  readonly state: 'LEADER' | 'FOLLOWER' | 'CATCHINGUP';
  readonly isAlive: boolean;
};

type Unary<Q, A> = (call: ServerUnaryCall<Q, A>, done: sendUnaryData<A>) => void;

/** Delay, silence and error in front of a unary call. */
const withFaults =
  <Q, A>(faults: Faults['take'], kind: CallKind, work: Unary<Q, A>): Unary<Q, A> =>
  (call, done) => {
    const run = async (): Promise<void> => {
      const delay = faults.delay(kind);
      if (delay !== undefined) await wait(delay);
      if (faults.silence(kind)) return;
      const fault = faults.error(kind);
      if (fault === undefined) work(call, done);
      else done(fault);
    };
    void run();
  };

/** `GetSupportedMethods`: without batch append the client falls back to one call per append. */
export const supportedMethods = (deps: {
  readonly faults: Faults['take'];
  readonly version: string;
  readonly hasBatchAppend: boolean;
  readonly count: () => void;
}): Unary<unknown, Features.SupportedMethods> =>
  withFaults(deps.faults, 'features', (_call, done) => {
    deps.count();
    const names = ['read', 'append', 'delete', 'tombstone', ...(deps.hasBatchAppend ? ['batchappend'] : [])];
    const methods = names.map((name) =>
      new features.SupportedMethod()
        .setServiceName('event_store.client.streams.streams')
        .setMethodName(name)
        .setFeaturesList(name === 'read' ? ['position', 'stream', 'all'] : []),
    );
    done(
      null,
      new features.SupportedMethods().setEventStoreServerVersion(deps.version).setMethodsList(methods),
    );
  });

const memberInfo = (member: Member, now: number): Gossip.MemberInfo =>
  new gossip.MemberInfo()
    .setInstanceId(new shared.UUID().setString(member.id))
    .setTimeStamp((BigInt(now) * 10_000n).toString())
    .setState(gossip.MemberInfo.VNodeState[member.state])
    .setIsAlive(member.isAlive)
    .setHttpEndPoint(new gossip.EndPoint().setAddress('127.0.0.1').setPort(member.port));

export const gossipRead = (deps: {
  readonly faults: Faults['take'];
  readonly now: () => number;
  readonly members: () => readonly Member[];
  readonly count: () => void;
}): Unary<unknown, Gossip.ClusterInfo> =>
  withFaults(deps.faults, 'gossip', (_call, done) => {
    deps.count();
    const infos = deps.members().map((member) => memberInfo(member, deps.now()));
    done(null, new gossip.ClusterInfo().setMembersList(infos));
  });

type RemoveReq = Streams.DeleteReq | Streams.TombstoneReq;
type RemoveDeps = { readonly log: EventLog; readonly faults: Faults['take']; readonly count: () => void };

/** The work of `Delete` and `Tombstone`, which differ in their messages only. */
const remove = <Q extends RemoveReq, A>(
  deps: RemoveDeps,
  isForEver: boolean,
  answer: (position: LogPosition | undefined) => A,
): Unary<Q, A> =>
  withFaults(deps.faults, 'delete', (call, done) => {
    deps.count();
    const options = call.request.getOptions();
    const stream = streamName(options?.getStreamIdentifier());
    const expected = options === undefined ? 'any' : expectedOf(options, options.getRevision());
    const result = deps.log.remove(stream, expected, isForEver);
    if (result.kind === 'deleted') return done(streamDeletedError(stream));
    if (result.kind === 'committed') return done(null, answer(result.position));
    const current = result.kind === 'wrong_version' ? result.current : -1n;
    done(
      callError(status.FAILED_PRECONDITION, 'Append failed due to WrongExpectedVersion.', {
        exception: 'wrong-expected-version',
        'stream-name': stream,
        'expected-version': typeof expected === 'bigint' ? expected.toString() : '-1',
        ...(current < 0n ? {} : { 'actual-version': current.toString() }),
      }),
    );
  });

export const deleteStream = (deps: RemoveDeps): Unary<Streams.DeleteReq, Streams.DeleteResp> =>
  remove(deps, false, (position) => {
    const answer = new streams.DeleteResp();
    if (position === undefined) return answer.setNoPosition(new shared.Empty());
    const wire = new streams.DeleteResp.Position()
      .setCommitPosition(position.commit.toString())
      .setPreparePosition(position.prepare.toString());
    return answer.setPosition(wire);
  });

export const tombstoneStream = (deps: RemoveDeps): Unary<Streams.TombstoneReq, Streams.TombstoneResp> =>
  remove(deps, true, (position) => {
    const answer = new streams.TombstoneResp();
    if (position === undefined) return answer.setNoPosition(new shared.Empty());
    const wire = new streams.TombstoneResp.Position()
      .setCommitPosition(position.commit.toString())
      .setPreparePosition(position.prepare.toString());
    return answer.setPosition(wire);
  });
