import type { Thread } from '../../sqlite/thread.ts';
import type { Checkpoints } from '../port.ts';
import type { Mark } from './followers.ts';
import { toNumber, toPosition } from './position.ts';
import type { Hello, WriteReply, WriteRequest } from './protocol.ts';

const NAME = /^[a-z][a-z0-9-]*$/;

/** Checkpoints in the log's file: the writer thread's, known here from when it opened. */
export const embeddedCheckpoints = (
  writer: Pick<Thread<WriteRequest, WriteReply, Hello>, 'call'>,
  opened: readonly Mark[],
): Checkpoints => {
  const known = new Map(opened.map(({ follower, position }) => [follower, position]));
  return {
    load: (follower) => {
      const position = known.get(follower);
      return Promise.resolve(position === undefined ? undefined : toPosition(position));
    },
    save: async (follower, at) => {
      if (!NAME.test(follower)) throw new RangeError(`not a name of a follower: ${follower}`);
      const position = toNumber(at);
      if (position <= (known.get(follower) ?? -1)) return;
      const { markFailure } = await writer.call({ nowMs: 0, mark: { follower, position } });
      if (markFailure !== undefined)
        throw new Error(`the checkpoint of ${follower} was not saved: ${markFailure}`);
      known.set(follower, Math.max(position, known.get(follower) ?? -1));
    },
  };
};
