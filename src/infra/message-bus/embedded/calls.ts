import type { Thread } from '../../sqlite/thread.ts';
import type { GroupLag, InRecord, TopicSpec } from '../port.ts';
import type { PackedRecords } from './packed-records.ts';
import type { Beat, Beaten, BusHello, BusReply, BusRequest, Claimed } from './protocol.ts';

export type BusThread = Thread<BusRequest, BusReply, BusHello>;

/** The bus thread's answers by what was asked; what it could not do rejects. */
export type BusCalls = ReturnType<typeof callsTo>;

export const callsTo = (thread: BusThread) => {
  let isDead = false;
  thread.onFailure(() => (isDead = true));
  const ask = async <Kind extends BusReply['kind']>(
    request: BusRequest,
    ...kinds: readonly Kind[]
  ): Promise<Extract<BusReply, { kind: Kind }>> => {
    const reply = await thread.call(request);
    if (isOneOf(reply, kinds)) return reply;
    throw new Error(reply.kind === 'failed' ? reply.detail : `unexpected ${reply.kind}`);
  };
  return {
    isDead: (): boolean => isDead,
    ensure: async (topics: readonly TopicSpec[], now: number): Promise<void> => {
      await ask({ kind: 'ensure', topics, now }, 'done');
    },
    publish: (records: PackedRecords, now: number) =>
      ask({ kind: 'publish', records, now }, 'done', 'unknown_topic'),
    beat: async (beat: Beat): Promise<Beaten> => (await ask({ kind: 'beat', beat }, 'beaten')).beaten,
    leave: async (group: string, member: string): Promise<void> => {
      await ask({ kind: 'leave', group, member }, 'done');
    },
    poll: (
      group: string,
      wants: readonly Claimed[],
    ): Promise<{ readonly generation: number; readonly records: readonly InRecord[] }> =>
      ask({ kind: 'poll', group, wants }, 'polled'),
    /** A number that is another one once something came from elsewhere, or a generation has grown. */
    look: async (): Promise<number> => (await ask({ kind: 'look' }, 'seen')).state,
    commit: async (request: Omit<Extract<BusRequest, { kind: 'commit' }>, 'kind'>): Promise<boolean> =>
      (await ask({ kind: 'commit', ...request }, 'done', 'not_claimed')).kind === 'done',
    lag: async (group: string, topics: readonly string[]): Promise<readonly GroupLag[]> =>
      (await ask({ kind: 'lag', group, topics }, 'lag')).lag,
    /** True when there is more to delete. */
    expire: async (now: number): Promise<boolean> => (await ask({ kind: 'expire', now }, 'expired')).isMore,
  };
};

const isOneOf = <Kind extends BusReply['kind']>(
  reply: BusReply,
  kinds: readonly Kind[],
): reply is Extract<BusReply, { kind: Kind }> => kinds.some((kind) => kind === reply.kind);
